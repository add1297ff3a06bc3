import type { KeyObject } from 'node:crypto';
import { verify } from 'node:crypto';
import { algorithmsOf, ClientError, type PublicJwk, readPublicJwk } from '../clients/index.ts';
import { AcmeError, malformed } from './acme-error.ts';

/** RFC 8555 §6.2: digital signatures alone. */
export const signatureAlgorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'] as const;

const digests: Readonly<Record<(typeof signatureAlgorithms)[number], string | null>> = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  RS256: 'sha256',
  EdDSA: null,
};

/** A JWS in flattened JSON serialization, read but not verified. */
export interface Jws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** What is signed: the two encoded parts and the dot. */
  readonly signed: Buffer;
}

/** Reads a JWS (RFC 7515 §7.2.2) as RFC 8555 §6.2 narrows it. Throws AcmeError `malformed`. */
export function readJws(value: unknown): Jws {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('A request is a JWS in flattened JSON serialization.');
  }
  const { protected: header, payload, signature, ...others } = value as Record<string, unknown>;
  if (typeof header !== 'string' || typeof payload !== 'string' || typeof signature !== 'string') {
    throw malformed('A JWS has protected, payload and signature.');
  }
  if ('header' in others || 'signatures' in others) {
    throw malformed('A JWS has one signature, and no unprotected header.');
  }
  const read = parseObject(decode(header, 'protected'), 'The protected header');
  if (read['crit'] !== undefined || read['b64'] !== undefined) {
    throw malformed('The protected header has extensions that are not supported.');
  }
  return {
    header: read,
    payload: decode(payload, 'payload'),
    signature: decode(signature, 'signature'),
    signed: Buffer.from(`${header}.${payload}`),
  };
}

/** The algorithm of a JWS that an account's or a certificate's key signs. Throws AcmeError `badSignatureAlgorithm`. */
export function signatureAlgorithm(jws: Jws): (typeof signatureAlgorithms)[number] {
  const { alg } = jws.header;
  const found = signatureAlgorithms.find((one) => one === alg);
  if (found === undefined) {
    throw new AcmeError(
      'badSignatureAlgorithm',
      'The request is signed with an algorithm that is not taken.',
      {
        algorithms: signatureAlgorithms,
      },
    );
  }
  return found;
}

/** Checks the signature. Throws AcmeError `badSignatureAlgorithm` if the key does not fit, `malformed` if it is wrong. */
export function verifyJws(
  jws: Jws,
  key: { readonly jwk: PublicJwk['jwk']; readonly publicKey: KeyObject },
): void {
  const algorithm = signatureAlgorithm(jws);
  const fitting = algorithmsOf(key.jwk);
  if (!fitting.includes(algorithm)) {
    throw new AcmeError('badSignatureAlgorithm', 'The key is not one for this algorithm.', {
      algorithms: signatureAlgorithms.filter((one) => fitting.includes(one)),
    });
  }
  const options = { key: key.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  if (!verify(digests[algorithm], jws.signed, options, jws.signature)) {
    throw malformed('The signature of the request is wrong.');
  }
}

/** A public key that a request brings. Throws AcmeError `badPublicKey`. */
export function readJwk(value: unknown): PublicJwk {
  try {
    const { use: _use, alg: _alg, kid: _kid, ...members } = value as Record<string, unknown>;
    return readPublicJwk(members, 'jwk');
  } catch (error) {
    if (error instanceof ClientError) throw new AcmeError('badPublicKey', error.message);
    if (error instanceof TypeError) throw malformed('jwk is a JSON object.');
    throw error;
  }
}

/** The JSON object in a payload. Throws AcmeError `malformed`. */
export function parseObject(bytes: Buffer, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed(`${what} is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(`${what} is not a JSON object.`);
  }
  return value as Record<string, unknown>;
}

/** Unpadded base64url (RFC 8555 §6.1), in its one canonical spelling. */
export function decode(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw malformed(`${what} is not base64url without padding.`);
  return bytes;
}
