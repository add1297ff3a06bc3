import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { SigningAlgorithm, SigningKeyRecord } from './signing-key-record.ts';

/** Encrypts at rest under the master key. `purpose` separates keys; opening under another one fails. */
export interface Sealer {
  seal(purpose: string, bytes: Uint8Array): Buffer;
  open(purpose: string, sealed: Uint8Array): Buffer;
}

export const signingKeyPurpose = 'signing-key';

const generate = promisify(generateKeyPair);
const rsaBits = 3072;

/** Makes a key that is published at once and signs from `activatesAt`. Off this thread: RSA takes up to a second. */
export async function generateSigningKey(
  algorithm: SigningAlgorithm,
  times: { readonly createdAt: number; readonly activatesAt: number },
  sealer: Sealer,
): Promise<SigningKeyRecord> {
  const { publicKey, privateKey } = await keyPair(algorithm);
  const publicJwk = publicKey.export({ format: 'jwk' }) as JWK;
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealedPrivateKey = sealer.seal(signingKeyPurpose, pkcs8);
  pkcs8.fill(0);
  const kid = await calculateJwkThumbprint(publicJwk, 'sha256');
  return { kid, algorithm, publicJwk, sealedPrivateKey, ...times };
}

function keyPair(algorithm: SigningAlgorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  switch (algorithm) {
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generate('ed25519');
    case 'RS256':
    case 'PS256':
      return generate('rsa', { modulusLength: rsaBits });
  }
}
