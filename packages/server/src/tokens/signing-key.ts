import type { JsonWebKeyInput } from 'node:crypto';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Sealer, signingKeyPurpose } from './key-generation.ts';
import { jwsSigner, type SignJws } from './signatures.ts';
import type { SigningAlgorithm, SigningKeyRecord } from './signing-key-record.ts';

/** A key ready to sign access tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** The JWS header of its access tokens, encoded, with the dot that follows (RFC 9068 §2.1). */
  readonly encodedHeader: string;
  readonly sign: SignJws;
}

/** A key ready to check signatures. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

/** Opens the private key. Throws where the sealed key is of another record, or was sealed under another master key. */
export function openSigningKey(record: SigningKeyRecord, sealer: Sealer): SigningKey {
  const { kid, algorithm, sealedPrivateKey } = record;
  if (sealedPrivateKey === undefined) throw new Error(`the private key of ${kid} has been erased`);
  const pkcs8 = sealer.open(signingKeyPurpose, sealedPrivateKey);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  if (!createPublicKey(privateKey).equals(verificationKey(record).publicKey)) {
    throw new Error(`the sealed private key of ${kid} belongs to another key`);
  }
  const header = JSON.stringify({ alg: algorithm, kid, typ: 'at+jwt' });
  return {
    kid,
    algorithm,
    encodedHeader: `${Buffer.from(header).toString('base64url')}.`,
    sign: jwsSigner(algorithm, privateKey),
  };
}

export function verificationKey(record: SigningKeyRecord): VerificationKey {
  const { kid, algorithm, publicJwk } = record;
  const input: JsonWebKeyInput = { key: { ...publicJwk }, format: 'jwk' };
  return { kid, algorithm, publicKey: createPublicKey(input) };
}
