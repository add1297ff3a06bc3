import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '@mortise/x509';
import { createKeySigner } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import type { AuthorityKeyType } from '../authority-record.ts';
import { generatePrivateKey } from '../key-types.ts';
import { authorityLifetimeMs, authoritySubject, rootPathLength } from '../make-authority.ts';
import { signLinted } from '../sign-linted.ts';
import { backdatingMs } from '../validity.ts';

/** The least characters of a passphrase that a root's key is encrypted under. */
export const shortestPassphrase = 12;

/** Makes a root whose key no server sees. Rejects with AuthorityError. */
export async function makeOfflineRoot(options: {
  readonly name: string;
  readonly keyType: AuthorityKeyType;
  /** Epoch milliseconds. */
  readonly now: number;
}): Promise<{ readonly certificate: Certificate; readonly privateKey: KeyObject }> {
  const { name, keyType, now } = options;
  const privateKey = await generatePrivateKey(keyType);
  const signer = createKeySigner(privateKey);
  const subject = authoritySubject('root', name);
  const certificate = await signLinted(
    {
      subject,
      issuer: subject,
      notBefore: now - backdatingMs,
      notAfter: now + authorityLifetimeMs.root,
      publicKey: signer.publicKey as KeyObject,
      basicConstraints: { ca: true, pathLength: rootPathLength },
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    { keyType, signer },
  );
  return { certificate, privateKey };
}

/** PKCS #8, encrypted (PBES2 with PBKDF2 and AES-256). Throws AuthorityError `passphrase_weak`. */
export function encryptPrivateKey(privateKey: KeyObject, passphrase: string): string {
  if (passphrase.length < shortestPassphrase) {
    throw new AuthorityError(
      'passphrase_weak',
      `the passphrase of a root's key has at least ${shortestPassphrase} characters`,
    );
  }
  return privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase }) as string;
}

/** Opens a private key in PEM, encrypted or not. Throws AuthorityError `key_unreadable`; nothing of the key is in it. */
export function readPrivateKey(pem: string | Buffer, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    throw new AuthorityError(
      'key_unreadable',
      passphrase === undefined
        ? 'the private key cannot be read: it is no PEM, or it needs a passphrase'
        : 'the private key cannot be read: it is no PEM, or the passphrase is another',
    );
  }
}
