import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { ClientError } from '../errors.ts';

/** The key of an ACME account: P-256, signs ES256. */
export interface AccountKey {
  readonly privateKey: KeyObject;
  /** Public members only, in the order of RFC 7638 §3. */
  readonly jwk: { readonly crv: string; readonly kty: string; readonly x: string; readonly y: string };
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
}

export function createAccountKey(): AccountKey {
  return describe(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** Reads a key from PEM. Throws `configuration_invalid`; the text is not in the error. */
export function readAccountKey(pem: string): AccountKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new ClientError('configuration_invalid', 'the account key is no private key in PEM');
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new ClientError('configuration_invalid', 'the account key must be an EC key on P-256');
  }
  return describe(key);
}

/** PKCS #8 PEM. */
export function accountKeyPem({ privateKey }: AccountKey): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function describe(privateKey: KeyObject): AccountKey {
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: 'jwk' }) as AccountKey['jwk'];
  const jwk = { crv, kty, x, y };
  return {
    privateKey,
    jwk,
    thumbprint: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url'),
  };
}
