import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import { certificateCredential } from './certificates.ts';
import type { Credential } from './credential.ts';
import { keySetOf, readKeySet } from './key-sets.ts';
import { ecKeys, selfSigned } from './testing/certificates.ts';
import { refusal } from './testing/refusals.ts';
import { startOfTime as now } from './testing/test-clients.ts';

function jwkOf(certificate: Certificate, extra: object = {}): object {
  return {
    ...certificate.publicKey.export({ format: 'jwk' }),
    x5c: [certificate.der.toString('base64')],
    ...extra,
  };
}
function jwk(extra: object = {}): object {
  return { ...ecKeys().publicKey.export({ format: 'jwk' }), ...extra };
}

test('a key with x5c registers its certificate; for private_key_jwt its key too', async () => {
  const certificate = await selfSigned();
  const set = { keys: [jwkOf(certificate, { 'x5t#S256': certificate.thumbprint }), jwk({ kid: 'a' })] };
  const forTls = readKeySet(set, ['self_signed_tls_client_auth'], now);
  assert.deepEqual(
    forTls.certificates.map((one) => one.thumbprint),
    [certificate.thumbprint],
  );
  assert.deepEqual(
    forTls.keys.map((key) => key.jwk.kid),
    ['a'],
  );
  assert.equal(readKeySet(set, ['self_signed_tls_client_auth', 'private_key_jwt'], now).keys.length, 2);
  assert.deepEqual(readKeySet({ keys: [] }, ['private_key_jwt'], now), { keys: [], certificates: [] });
});

test('two certificates of one key are two certificates', async () => {
  const keys = ecKeys();
  const [a, b] = [await selfSigned({ keys }), await selfSigned({ keys })];
  const set = readKeySet({ keys: [jwkOf(a), jwkOf(b)] }, ['private_key_jwt'], now);
  assert.equal(set.certificates.length, 2);
  assert.equal(set.keys.length, 1);
});

test('what is written registers the same again', async () => {
  const certificate = await selfSigned();
  const methods = ['private_key_jwt', 'self_signed_tls_client_auth'] as const;
  const set = readKeySet(
    { keys: [jwkOf(certificate, { kid: 'c' }), jwk({ kid: 'k', alg: 'ES256' })] },
    methods,
    now,
  );
  const credentials: Credential[] = [
    ...set.certificates.map((one) => certificateCredential(one, { createdAt: now })),
    ...set.keys.map(({ jwk, thumbprint }) => ({
      kind: 'key' as const,
      id: 'k',
      createdAt: now,
      jwk,
      thumbprint,
    })),
    certificateCredential(await selfSigned(), { createdAt: now, authorityId: 'auth_1' }),
  ];
  const again = readKeySet(keySetOf(credentials), methods, now);
  assert.deepEqual(
    again.certificates.map((one) => one.thumbprint),
    set.certificates.map((one) => one.thumbprint),
  );
  assert.deepEqual(
    again.keys.map((key) => [key.thumbprint, key.jwk]),
    set.keys.map((key) => [key.thumbprint, key.jwk]),
  );
  assert.equal(keySetOf([]), undefined);
});

test('sets and chains that are not exactly right are refused', async () => {
  const certificate = await selfSigned();
  const other = await selfSigned();
  const expired = await selfSigned({ notAfter: now - 1000 });
  const twice = jwk();
  const der = certificate.der.toString('base64');
  const refused: [string, unknown][] = [
    ['null', null],
    ['an array', [jwk()]],
    ['no keys', {}],
    ['keys that are no array', { keys: jwk() }],
    ['33 keys', { keys: Array.from({ length: 33 }, () => jwk()) }],
    ['a key that is none', { keys: [7] }],
    ['one key twice', { keys: [twice, { ...twice, kid: 'x' }] }],
    ['one kid twice', { keys: [jwk({ kid: 'x' }), jwk({ kid: 'x' })] }],
    ['one certificate twice', { keys: [jwkOf(certificate), jwkOf(certificate)] }],
    ['x5c that is no array', { keys: [jwkOf(certificate, { x5c: der })] }],
    ['an empty x5c', { keys: [jwkOf(certificate, { x5c: [] })] }],
    ['x5c of eleven', { keys: [jwkOf(certificate, { x5c: Array(11).fill(der) })] }],
    ['x5c of numbers', { keys: [jwkOf(certificate, { x5c: [7] })] }],
    ['x5c in base64url', { keys: [jwkOf(certificate, { x5c: [certificate.der.toString('base64url')] })] }],
    ['x5c of another key', { keys: [jwkOf(certificate, { x5c: [other.der.toString('base64')] })] }],
    ['another digest', { keys: [jwkOf(certificate, { 'x5t#S256': other.thumbprint })] }],
  ];
  for (const [what, set] of refused) {
    assert.throws(() => readKeySet(set, [], now), refusal('metadata_invalid', 'jwks'), what);
  }
  for (const [what, x5c] of [
    ['x5c that is no certificate', Buffer.from('no certificate').toString('base64')],
    ['an expired certificate', expired.der.toString('base64')],
  ] as const) {
    const set = { keys: [{ ...expired.publicKey.export({ format: 'jwk' }), x5c: [x5c] }] };
    assert.throws(() => readKeySet(set, [], now), refusal('certificate_invalid', 'jwks'), what);
  }
});
