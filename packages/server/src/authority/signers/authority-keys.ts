import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Signer } from '@mortise/x509';
import { createKeySigner } from '@mortise/x509';
import { AuthorityError, type AuthorityErrorCode } from '../authority-error.ts';
import type { AuthorityKeyType, AuthorityRecord } from '../authority-record.ts';
import { generatePrivateKey } from '../key-types.ts';
import { type KeySealer, openSealedSigner, sealAuthorityKey } from './file.ts';
import { keyTypeOf } from './key-type-of.ts';
import { Pkcs11Error, type Pkcs11ErrorCode } from './pkcs11/pkcs11-error.ts';
import { readKeyLocation } from './pkcs11/pkcs11-uri.ts';
import { type TokenKey, TokenKeys } from './pkcs11.ts';

/** Where the key of an authority to be made will be: sealed in the database, made on a token, or on a token already. */
export type KeyPlace =
  | { readonly signer: 'file' }
  | { readonly signer: 'pkcs11'; readonly token: string }
  | { readonly signer: 'pkcs11'; readonly keyLocation: string };

/** What is stored of a key, beside the certificate. */
export type KeyRecord = Pick<AuthorityRecord, 'signer' | 'keyLocation' | 'sealedPrivateKey'>;

export interface AuthorityKey {
  readonly signer: Signer;
  readonly publicKey: KeyObject;
  readonly keyType: AuthorityKeyType;
  readonly record: KeyRecord;
}

/** The keys of authorities, wherever they are. */
export class AuthorityKeys {
  readonly #sealer: KeySealer;
  readonly #tokens: TokenKeys;

  /** Without `tokens` every key on a token is refused. */
  constructor(sealer: KeySealer, tokens: TokenKeys = new TokenKeys({})) {
    this.#sealer = sealer;
    this.#tokens = tokens;
  }

  /**
   * Makes a key, or takes the one that a URI names. Rejects with AuthorityError `token_unusable`, `token_uri_invalid` or
   * `token_module_missing`.
   */
  async make(
    place: KeyPlace,
    // With a key that is there already, its own kind counts.
    { authorityId, keyType }: { readonly authorityId: string; readonly keyType: AuthorityKeyType },
  ): Promise<AuthorityKey> {
    if (place.signer === 'file') {
      const privateKey = await generatePrivateKey(keyType);
      return this.seal(authorityId, privateKey);
    }
    const made = await onToken(() =>
      'token' in place
        ? this.#tokens.generate({ token: place.token, label: authorityId, keyType })
        : this.#tokens.find(place.keyLocation),
    );
    return this.#onToken(made);
  }

  /** A key that was brought along: sealed under the master key. Throws AuthorityError `key_unsupported`. */
  seal(authorityId: string, privateKey: KeyObject): AuthorityKey {
    const sealedPrivateKey = sealAuthorityKey(this.#sealer, authorityId, privateKey);
    return {
      signer: createKeySigner(privateKey),
      publicKey: createPublicKey(privateKey),
      keyType: keyTypeOf(privateKey),
      record: { signer: 'file', sealedPrivateKey },
    };
  }

  /**
   * Opens the key of an authority to sign with. One on a token is asked for when it signs, and `sign` rejects with AuthorityError
   * `token_unusable`. Throws AuthorityError `authority_key_unusable`.
   */
  open(record: Pick<AuthorityRecord, 'id'> & KeyRecord, spki: Buffer): Signer {
    const { id, signer, sealedPrivateKey, keyLocation } = record;
    if (signer === 'file' && sealedPrivateKey !== undefined) {
      return openSealedSigner(this.#sealer, { id, sealedPrivateKey, spki });
    }
    if (signer === 'pkcs11' && keyLocation !== undefined) {
      return this.#onToken({ location: keyLocation, spki }).signer;
    }
    throw new AuthorityError('authority_key_unusable', `the key of ${id} is not kept here`);
  }

  /**
   * Removes the key that was made on a token for an authority which came to nothing, and bears its id as label; one that was there
   * before has another. What fails is left for an operator to remove.
   */
  async discard({ id, keyLocation }: Pick<AuthorityRecord, 'id'> & KeyRecord): Promise<void> {
    if (keyLocation === undefined || readKeyLocation(keyLocation).object !== id) return;
    await this.#tokens.destroy(keyLocation).catch(() => {});
  }

  #onToken(key: TokenKey): AuthorityKey {
    try {
      const signer = this.#tokens.signer(key);
      const publicKey = createPublicKey({ key: key.spki, format: 'der', type: 'spki' });
      return {
        signer: { ...signer, sign: (tbs) => onToken(async () => signer.sign(tbs)) },
        publicKey,
        keyType: keyTypeOf(publicKey),
        record: { signer: 'pkcs11', keyLocation: key.location },
      };
    } catch (error) {
      throw asAuthorityError(error);
    }
  }
}

async function onToken<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw asAuthorityError(error);
  }
}

/** What trying again does not help. */
const tokenRefusals: Partial<Readonly<Record<Pkcs11ErrorCode, AuthorityErrorCode>>> = {
  module_missing: 'token_module_missing',
  uri_invalid: 'token_uri_invalid',
};

function asAuthorityError(error: unknown): unknown {
  if (!(error instanceof Pkcs11Error)) return error;
  return new AuthorityError(tokenRefusals[error.code] ?? 'token_unusable', error.message, [error.code]);
}
