import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { ClientError } from '../errors.ts';
import { addAssertion } from './assertion.ts';
import type { AuthenticationMethod } from './authentication-method.ts';

export type AssertionAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'RS256' | 'PS256';

export interface PrivateKeyJwtOptions {
  readonly method: 'private_key_jwt';
  /** The private key: PEM (PKCS #8, SEC 1 or PKCS #1), a JWK, or imported. */
  readonly key: string | Buffer | JsonWebKey | KeyObject;
  /** `kid` of the assertion. Default: that of the JWK, or none. */
  readonly keyId?: string | undefined;
  /** Default: by the key: ES256, ES384 or ES512 by its curve, EdDSA for Ed25519, RS256 for RSA. */
  readonly algorithm?: AssertionAlgorithm | undefined;
}

/** An assertion signed with a private key whose public half the server knows (RFC 7523 §2.2). */
export const privateKeyJwt: AuthenticationMethod<PrivateKeyJwtOptions> = {
  name: 'private_key_jwt',
  needsCertificate: false,
  create(options) {
    const key = importPrivateKey(options.key);
    const fitting = algorithmsOf(key);
    const algorithm = options.algorithm ?? fitting[0];
    if (algorithm === undefined || !fitting.includes(algorithm)) {
      throw invalid(`"authentication.algorithm" must fit the key: ${fitting.join(' or ') || 'none does'}`);
    }
    const keyId = options.keyId ?? keyIdOf(options.key);
    return (draft, context) => addAssertion(draft, context, { algorithm, key, keyId });
  },
};

function importPrivateKey(input: PrivateKeyJwtOptions['key']): KeyObject {
  if (isKeyObject(input)) {
    if (input.type !== 'private') throw invalid('"authentication.key" must be a private key');
    return input;
  }
  try {
    return typeof input === 'string' || Buffer.isBuffer(input)
      ? createPrivateKey(input)
      : createPrivateKey({ key: input, format: 'jwk' });
  } catch {
    // The cause stays out: messages of key parsers may repeat their input.
    throw invalid('"authentication.key" must be a private key as PEM, JWK or KeyObject');
  }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly AssertionAlgorithm[] {
  switch (asymmetricKeyType) {
    case 'ed25519':
      return ['EdDSA'];
    case 'rsa':
      return ['RS256', 'PS256'];
    case 'ec':
      switch (asymmetricKeyDetails?.namedCurve) {
        case 'prime256v1':
          return ['ES256'];
        case 'secp384r1':
          return ['ES384'];
        case 'secp521r1':
          return ['ES512'];
        default:
          return [];
      }
    default:
      return [];
  }
}

function keyIdOf(input: PrivateKeyJwtOptions['key']): string | undefined {
  if (typeof input === 'string' || Buffer.isBuffer(input) || isKeyObject(input)) return undefined;
  const keyId = input['kid'];
  return typeof keyId === 'string' ? keyId : undefined;
}

function isKeyObject(input: PrivateKeyJwtOptions['key']): input is KeyObject {
  return typeof input === 'object' && 'asymmetricKeyType' in input;
}

function invalid(message: string): ClientError {
  return new ClientError('configuration_invalid', message);
}
