import {
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';

/** A signing key as an authorization server has it. */
export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  /** What the key set publishes. */
  readonly jwk: JsonWebKey;
}

const generators: Readonly<Record<string, () => { privateKey: KeyObject; publicKey: KeyObject }>> = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

export function createTestKey(kid: string, alg = 'ES256'): TestKey {
  const { privateKey, publicKey } = generators[alg]!();
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

export const issuer = 'https://issuer.example';
export const resource = 'https://api.example/payments';

/** The claims of a right token, issued at `now` (epoch milliseconds) for five minutes; undefined values leave a claim out. */
export function claims(now: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const iat = Math.floor(now / 1000);
  return {
    iss: issuer,
    sub: 'billing',
    client_id: 'billing',
    aud: resource,
    iat,
    exp: iat + 300,
    jti: randomUUID(),
    scope: 'payments:read payments:write',
    ...changes,
  };
}

/** A compact JWS over any header and payload; `alg: none` gets an empty signature, `HS256` one made with the key's public JWK. */
export function signToken(
  key: TestKey,
  payload: unknown,
  headerChanges: Record<string, unknown> = {},
): string {
  const header = { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...headerChanges };
  return signSegments(key, encode(header), encode(payload), String(header.alg));
}

export function signSegments(key: TestKey, header: string, payload: string, alg = key.alg): string {
  const input = `${header}.${payload}`;
  return `${input}.${signature(key, alg, Buffer.from(input)).toString('base64url')}`;
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(key: TestKey, alg: string, input: Buffer): Buffer {
  if (alg === 'none') return Buffer.alloc(0);
  if (alg === 'HS256') return createHmac('sha256', JSON.stringify(key.jwk)).update(input).digest();
  if (key.privateKey.asymmetricKeyType === 'ed25519') return sign(null, input, key.privateKey);
  if (key.alg === 'PS256') return sign('sha256', input, { key: key.privateKey, padding: 6, saltLength: 32 });
  if (key.alg === 'RS256') return sign('sha256', input, key.privateKey);
  const digest = key.alg === 'ES384' ? 'sha384' : 'sha256';
  return sign(digest, input, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
}
