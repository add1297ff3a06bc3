import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Signer } from '@mortise/x509';
import { createKeySigner } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';

/** Encrypts at rest under the master key; each purpose has its own key, and a text sealed for one opens for no other. */
export interface KeySealer {
  seal(purpose: string, bytes: Uint8Array): Buffer;
  open(purpose: string, sealed: Uint8Array): Buffer;
}

/** Seals an authority's private key (as PKCS #8 DER) for this authority alone. */
export function sealAuthorityKey(sealer: KeySealer, authorityId: string, privateKey: KeyObject): Buffer {
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  try {
    return sealer.seal(purposeOf(authorityId), pkcs8);
  } finally {
    pkcs8.fill(0);
  }
}

/**
 * Opens a sealed key to sign with. `spki` is the DER of the public key in the authority's certificate, which the
 * opened key must have. Throws AuthorityError `authority_key_unusable`.
 */
export function openSealedSigner(
  sealer: KeySealer,
  authority: { readonly id: string; readonly sealedPrivateKey: Uint8Array; readonly spki: Buffer },
): Signer {
  const privateKey = openKey(sealer, authority.id, authority.sealedPrivateKey);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  if (!spki.equals(authority.spki)) {
    throw new AuthorityError(
      'authority_key_unusable',
      `the stored key of ${authority.id} is not the one in its certificate`,
    );
  }
  return createKeySigner(privateKey);
}

function openKey(sealer: KeySealer, authorityId: string, sealed: Uint8Array): KeyObject {
  let pkcs8: Buffer;
  try {
    pkcs8 = sealer.open(purposeOf(authorityId), sealed);
  } catch {
    throw new AuthorityError(
      'authority_key_unusable',
      `the stored key of ${authorityId} cannot be opened with this master key`,
    );
  }
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } catch {
    throw new AuthorityError('authority_key_unusable', `the stored key of ${authorityId} is damaged`);
  } finally {
    pkcs8.fill(0);
  }
}

function purposeOf(authorityId: string): string {
  return `authority-key:${authorityId}`;
}
