import assert from 'node:assert/strict';
import { createECDH, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { algorithmsOf, importedKey, readPublicJwk } from './keys.ts';
import { refusal } from './testing/refusals.ts';

function ec(namedCurve: string): JWK {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }) as JWK;
}
function rsa(modulusLength: number, publicExponent = 65_537): JWK {
  return generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({
    format: 'jwk',
  }) as JWK;
}
const p256 = ec('P-256');
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) as JWK;
const rsa2048 = rsa(2048);

test('keys of the allowed kinds are read, with the thumbprint of RFC 7638', async () => {
  for (const [jwk, algorithms] of [
    [p256, ['ES256']],
    [ec('P-384'), ['ES384']],
    [ec('P-521'), ['ES512']],
    [ed25519, ['EdDSA', 'Ed25519']],
    [rsa2048, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ] as const) {
    const read = readPublicJwk(jwk, 'jwks');
    assert.deepEqual(read.jwk, jwk);
    assert.equal(read.thumbprint, await calculateJwkThumbprint(jwk, 'sha256'));
    assert.deepEqual(algorithmsOf(read.jwk), algorithms);
  }
});

test('only the members that are needed are kept', () => {
  const { jwk } = readPublicJwk(
    { ...p256, kid: 'k1', alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true, nonsense: { a: 1 } },
    'jwks',
  );
  assert.deepEqual(jwk, { ...p256, kid: 'k1', alg: 'ES256', use: 'sig' });
  assert.deepEqual(algorithmsOf({ ...rsa2048, alg: 'PS256' }), ['PS256']);
});

test('a key is imported once for a credential', () => {
  const credential = { kind: 'key', id: 'a', createdAt: 0, jwk: p256, thumbprint: '' } as const;
  assert.equal(importedKey(credential), importedKey(credential));
  assert.equal(importedKey(credential).asymmetricKeyType, 'ec');
});

test('every other key is refused', () => {
  const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
  const offCurve = { ...p256, y: Buffer.alloc(32, 1).toString('base64url') };
  const secp256k1 = createECDH('secp256k1');
  secp256k1.generateKeys();
  const k1 = { kty: 'EC', crv: 'secp256k1', x: p256.x, y: p256.y };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const refused: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['an array', [p256]],
    ['text', 'key'],
    ['no kty', { ...p256, kty: undefined }],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a symmetric key dressed as EC', { ...p256, k: 'c2VjcmV0' }],
    ['a private key', privateKey.export({ format: 'jwk' })],
    ['one private member of RSA', { ...rsa2048, qi: 'AQ' }],
    ['an empty private member', { ...p256, d: '' }],
    ['a key by URL', { ...p256, x5u: 'https://evil.example/key' }],
    ['secp256k1', k1],
    ['a curve named like a property of objects', { ...p256, crv: 'constructor' }],
    ['X25519', x25519],
    ['Ed448', { kty: 'OKP', crv: 'Ed448', x: Buffer.alloc(57).toString('base64url') }],
    ['a point off the curve', offCurve],
    ['a short coordinate', { ...p256, x: Buffer.alloc(31, 1).toString('base64url') }],
    ['a long coordinate', { ...p256, x: Buffer.alloc(33, 1).toString('base64url') }],
    ['padding', { ...p256, x: `${p256.x}=` }],
    ['base64 instead of base64url', { ...ed25519, x: `+/${ed25519.x!.slice(2)}` }],
    ['a number for a coordinate', { ...p256, x: 7 }],
    ['a missing coordinate', { ...p256, y: undefined }],
    ['Ed25519 with another length', { ...ed25519, x: Buffer.alloc(31, 1).toString('base64url') }],
    ['RSA of 1024 bits', rsa(1024)],
    ['RSA of 8200 bits', { ...rsa2048, n: Buffer.alloc(1025, 255).toString('base64url') }],
    ['RSA with a modulus of a megabyte', { ...rsa2048, n: 'A'.repeat(1_000_000) }],
    ['RSA with leading zeros', { ...rsa2048, n: `AAAA${rsa2048.n}` }],
    ['RSA with exponent 3', rsa(2048, 3)],
    ['RSA with an even exponent', { ...rsa2048, e: Buffer.from([1, 0, 0]).toString('base64url') }],
    [
      'RSA with an exponent of five octets',
      { ...rsa2048, e: Buffer.from([1, 0, 0, 0, 1]).toString('base64url') },
    ],
    ['use enc', { ...p256, use: 'enc' }],
    ['key_ops sign', { ...p256, key_ops: ['sign'] }],
    ['key_ops that are no array', { ...p256, key_ops: 'verify' }],
    ['the algorithm of another type', { ...p256, alg: 'RS256' }],
    ['the algorithm of another curve', { ...p256, alg: 'ES384' }],
    ['HS256', { ...rsa2048, alg: 'HS256' }],
    ['none', { ...p256, alg: 'none' }],
    ['an algorithm that is no text', { ...p256, alg: 256 }],
    ['an empty kid', { ...p256, kid: '' }],
    ['a kid that is no text', { ...p256, kid: 1 }],
    ['a kid of a kilobyte', { ...p256, kid: 'k'.repeat(1024) }],
  ];
  for (const [what, jwk] of refused) {
    assert.throws(() => readPublicJwk(jwk, 'jwks'), refusal('metadata_invalid', 'jwks'), what);
  }
});

test('no refusal repeats a private member', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = privateKey.export({ format: 'jwk' });
  assert.throws(
    () => readPublicJwk(jwk, 'jwks'),
    (error: Error) => !error.message.includes(jwk.d!) && !error.stack!.includes(jwk.d!),
  );
});
