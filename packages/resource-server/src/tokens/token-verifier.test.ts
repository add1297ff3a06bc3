import assert from 'node:assert/strict';
import { type JsonWebKey, sign } from 'node:crypto';
import { test } from 'node:test';
import { LocalKeys } from '../keys/local-keys.ts';
import {
  claims,
  createTestKey,
  encode,
  issuer,
  resource,
  signSegments,
  signToken,
  type TestKey,
} from '../testing/tokens.ts';
import { type JwsAlgorithm, jwsAlgorithms } from './algorithms.ts';
import { TokenVerifier } from './token-verifier.ts';

const now = 1_800_000_000_000;
const key = createTestKey('k1');

function verifierOf(
  jwks: readonly JsonWebKey[],
  algorithms: readonly JwsAlgorithm[] = ['ES256'],
): TokenVerifier {
  return new TokenVerifier(
    new LocalKeys(
      () => ({ keys: jwks }),
      () => now,
    ),
    algorithms,
    { issuer, resource },
  );
}

async function verdictOf(token: string, jwks = [key.jwk], algorithms?: readonly JwsAlgorithm[]) {
  return verifierOf(jwks, algorithms).verify(token);
}

async function reasonOf(token: string, jwks = [key.jwk], algorithms?: readonly JwsAlgorithm[]) {
  const verdict = await verdictOf(token, jwks, algorithms);
  return verdict.verified === undefined ? verdict.reason : 'verified';
}

for (const algorithm of jwsAlgorithms) {
  test(`a token signed with ${algorithm} is verified, and refused after one changed bit`, async () => {
    const signing = createTestKey('k', algorithm);
    const token = signToken(signing, claims(now));
    assert.equal(await reasonOf(token, [signing.jwk], [algorithm]), 'verified');
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const bytes = Buffer.from(signature, 'base64url');
    bytes[10]! ^= 1;
    assert.equal(
      await reasonOf(`${header}.${payload}.${bytes.toString('base64url')}`, [signing.jwk], [algorithm]),
      'signature_invalid',
    );
    assert.equal(
      await reasonOf(
        `${header}.${encode(claims(now, { scope: 'admin' }))}.${signature}`,
        [signing.jwk],
        [algorithm],
      ),
      'signature_invalid',
    );
  });
}

test('what the token says reaches the caller', async () => {
  const verdict = await verdictOf(
    signToken(
      key,
      claims(now, {
        sub: 'someone',
        jti: 'j1',
        nbf: now / 1000 + 1,
        aud: ['x', resource],
        scope: 'b a',
        extra: 1,
        cnf: { 'x5t#S256': 'x'.repeat(43) },
        mortise: { epoch: 4, credentials: ['c'], authorities: ['a'] },
      }),
    ),
  );
  assert.ok(verdict.verified);
  const { access, facts, notBefore } = verdict;
  assert.equal(access.clientId, 'billing');
  assert.equal(access.subject, 'someone');
  assert.deepEqual(access.scope, ['b', 'a']);
  assert.deepEqual(access.audience, ['x', resource]);
  assert.equal(access.expiresAt, now + 300_000);
  assert.equal(access.issuedAt, now);
  assert.equal(access.claims['extra'], 1);
  assert.deepEqual(access.binding, { type: 'x5t#S256', thumbprint: 'x'.repeat(43) });
  assert.equal(notBefore, now + 1000);
  assert.deepEqual(facts, {
    clientId: 'billing',
    tokenId: 'j1',
    keyId: 'k1',
    epoch: 4,
    credentialIds: ['c'],
    authorityIds: ['a'],
    certificates: ['x'.repeat(43)],
  });
});

test('a token without the private claim counts as of the lowest epoch', async () => {
  const verdict = await verdictOf(signToken(key, claims(now)));
  assert.equal(verdict.verified && verdict.facts.epoch, 0);
});

test('ECDSA signatures with short and with high numbers keep their meaning in DER', async () => {
  const verifier = verifierOf([key.jwk]);
  for (let round = 0; round < 600; round += 1) {
    const verdict = await verifier.verify(signToken(key, claims(now)));
    assert.ok(verdict.verified);
  }
});

const headers: [string, Record<string, unknown>, string][] = [
  ['alg none', { alg: 'none' }, 'token_malformed'],
  ['an algorithm that is not configured', { alg: 'RS256' }, 'algorithm_refused'],
  ['HMAC with the public key as its secret', { alg: 'HS256' }, 'algorithm_refused'],
  ['an algorithm called like an object member', { alg: 'constructor' }, 'algorithm_refused'],
  ['no alg', { alg: undefined }, 'token_malformed'],
  ['a numeric alg', { alg: 1 }, 'token_malformed'],
  ['no typ', { typ: undefined }, 'type_mismatch'],
  ['the typ of another kind of JWT', { typ: 'JWT' }, 'type_mismatch'],
  ['a numeric typ', { typ: 1 }, 'token_malformed'],
  ['a numeric kid', { kid: 1 }, 'token_malformed'],
  ['an unknown kid', { kid: 'k2' }, 'key_unknown'],
  ['its own key', { jwk: key.jwk }, 'header_member_refused'],
  ['the address of its key', { jku: 'https://evil.example/jwks' }, 'header_member_refused'],
  ['a certificate address', { x5u: 'https://evil.example/cert' }, 'header_member_refused'],
  ['a certificate', { x5c: ['MII'] }, 'header_member_refused'],
  ['a critical extension', { crit: ['exp'], exp: 1 }, 'header_member_refused'],
  ['an unencoded payload', { b64: false }, 'header_member_refused'],
  ['compression', { zip: 'DEF' }, 'header_member_refused'],
  ['encryption', { enc: 'A256GCM' }, 'header_member_refused'],
];
for (const [what, changes, reason] of headers) {
  test(`a header with ${what} is refused`, async () => {
    assert.equal(await reasonOf(signToken(key, claims(now), changes)), reason);
  });
}

test('an unsecured token with a signature of any length is refused', async () => {
  const token = signToken(key, claims(now), { alg: 'none' });
  assert.equal(await reasonOf(`${token}AA`), 'algorithm_refused');
});

for (const typ of ['AT+JWT', 'application/at+jwt', 'Application/AT+JWT']) {
  test(`typ ${typ} is an access token`, async () => {
    assert.equal(await reasonOf(signToken(key, claims(now), { typ })), 'verified');
  });
}

test('a header member that nobody knows is ignored', async () => {
  assert.equal(await reasonOf(signToken(key, claims(now), { 'x5t#S256': 'abc', foo: {} })), 'verified');
});

const claimRefusals: [string, Record<string, unknown>, string][] = [
  ['no iss', { iss: undefined }, 'claim_missing'],
  ['another iss', { iss: `${issuer}/` }, 'issuer_mismatch'],
  ['an iss that is no string', { iss: [issuer] }, 'claims_malformed'],
  ['no aud', { aud: undefined }, 'claim_missing'],
  ['another aud', { aud: `${resource}/` }, 'audience_mismatch'],
  ['many other auds', { aud: ['a', 'b'] }, 'audience_mismatch'],
  ['an empty aud', { aud: [] }, 'audience_mismatch'],
  ['an aud that is no string', { aud: [resource, 1] }, 'claims_malformed'],
  ['no exp', { exp: undefined }, 'claim_missing'],
  ['an exp in words', { exp: '1800000000' }, 'claims_malformed'],
  ['an exp beyond all dates', { exp: 1e300 }, 'claims_malformed'],
  ['a negative exp', { exp: -1 }, 'claims_malformed'],
  ['no iat', { iat: undefined }, 'claim_missing'],
  ['an iat of null', { iat: null }, 'claims_malformed'],
  ['an iat after exp', { iat: now / 1000 + 301 }, 'claims_malformed'],
  ['an nbf in words', { nbf: 'now' }, 'claims_malformed'],
  ['no sub', { sub: undefined }, 'claim_missing'],
  ['an empty sub', { sub: '' }, 'claims_malformed'],
  ['no client_id', { client_id: undefined }, 'claim_missing'],
  ['a client_id that is no string', { client_id: {} }, 'claims_malformed'],
  ['no jti', { jti: undefined }, 'claim_missing'],
  ['an empty jti', { jti: '' }, 'claims_malformed'],
  ['a list for scope', { scope: ['payments:write'] }, 'claims_malformed'],
  ['an empty cnf', { cnf: {} }, 'binding_unsupported'],
  ['a cnf of null', { cnf: null }, 'binding_unsupported'],
  ['a cnf in words', { cnf: 'x5t#S256' }, 'binding_unsupported'],
  ['an unknown cnf', { cnf: { jkt: 'x'.repeat(43) } }, 'binding_unsupported'],
  [
    'a known and an unknown cnf',
    { cnf: { 'x5t#S256': 'x'.repeat(43), jkt: 'x'.repeat(43) } },
    'binding_unsupported',
  ],
  ['a thumbprint of another length', { cnf: { 'x5t#S256': 'x'.repeat(44) } }, 'binding_unsupported'],
  ['a list of thumbprints', { cnf: { 'x5t#S256': ['x'.repeat(43)] } }, 'binding_unsupported'],
  ['an epoch in words', { mortise: { epoch: '4' } }, 'claims_malformed'],
  ['credentials in a string', { mortise: { credentials: 'c' } }, 'claims_malformed'],
  ['a private claim that is no object', { mortise: 1 }, 'claims_malformed'],
];
for (const [what, changes, reason] of claimRefusals) {
  test(`a token with ${what} is refused`, async () => {
    assert.equal(await reasonOf(signToken(key, claims(now, changes))), reason);
  });
}

test('claims that are no object are refused', async () => {
  for (const payload of [null, [], 'text', 1]) {
    assert.equal(await reasonOf(signToken(key, payload)), 'token_malformed');
  }
  assert.equal(
    await reasonOf(signSegments(key, encode({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' }), 'AAAA')),
    'token_malformed',
  );
});

test('a refused claim is told with its client and token id, because the signature was right', async () => {
  const verdict = await verdictOf(signToken(key, claims(now, { aud: 'other', jti: 'j9' })));
  assert.equal(verdict.verified, undefined);
  assert.equal(verdict.clientId, 'billing');
  assert.equal(verdict.tokenId, 'j9');
});

test('a token in another spelling is refused: padding, line breaks, unused bits, foreign alphabet, more segments', async () => {
  const token = signToken(key, claims(now, { jti: 'j1', pad: '~~~???' }));
  const [header, payload, signature] = token.split('.') as [string, string, string];
  // 64 octets leave four unused bits in the last character: this one differs in those alone.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = `${signature.slice(0, -1)}${alphabet[alphabet.indexOf(signature.at(-1)!) + 1]}`;
  assert.deepEqual(Buffer.from(twin, 'base64url'), Buffer.from(signature, 'base64url'));
  for (const other of [
    `${header}.${payload}.${twin}`,
    `${token}==`,
    `${token}\n`,
    `${token}.`,
    `${token}.AAAA`,
    `.${payload}.${signature}`,
    `${header}..${signature}`,
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${header}.${payload.replaceAll('-', '+').replaceAll('_', '/')}=.${signature}`,
    `${header}A.${payload}.${signature}`,
    '',
    'a.b.c',
  ]) {
    assert.equal(await reasonOf(other), 'token_malformed', other);
  }
});

test('a header that is no JSON is refused', async () => {
  assert.equal(await reasonOf(signSegments(key, 'AAAA', encode(claims(now)))), 'token_malformed');
  assert.equal(await reasonOf(signSegments(key, encode([]), encode(claims(now)))), 'token_malformed');
});

test('without a kid the only suitable key counts, and two make the token ambiguous', async () => {
  const token = signToken(key, claims(now), { kid: undefined });
  const other = createTestKey('k2');
  assert.equal(await reasonOf(token, [key.jwk, createTestKey('e', 'EdDSA').jwk]), 'verified');
  assert.equal(await reasonOf(token, [key.jwk, other.jwk]), 'key_unknown');
});

const unsuitable: [string, (jwk: JsonWebKey) => JsonWebKey][] = [
  ['for encryption', (jwk) => ({ ...jwk, use: 'enc' })],
  ['for another algorithm', (jwk) => ({ ...jwk, alg: 'ES384' })],
  ['for other operations', (jwk) => ({ ...jwk, key_ops: ['encrypt'] })],
  ['on another curve', (jwk) => ({ ...jwk, alg: 'ES256', crv: 'P-384' })],
  ['with a point off the curve', (jwk) => ({ ...jwk, x: jwk.y! })],
  ['that is symmetric', (jwk) => ({ kty: 'oct', kid: jwk['kid'] as string, k: 'AAAA' })],
];
for (const [what, change] of unsuitable) {
  test(`a published key ${what} verifies nothing`, async () => {
    assert.equal(await reasonOf(signToken(key, claims(now)), [change(key.jwk)]), 'key_unknown');
  });
}

test('an RSA key below 2048 bits verifies nothing', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const weak: TestKey = {
    kid: 'w',
    alg: 'RS256',
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: 'w' },
  };
  assert.equal(await reasonOf(signToken(weak, claims(now)), [weak.jwk], ['RS256']), 'key_unknown');
});

test('a PKCS #1 signature does not pass as PSS, nor the other way round', async () => {
  const rsa = createTestKey('r', 'RS256');
  const jwk = { ...rsa.jwk };
  delete jwk['alg'];
  const asPss: TestKey = { ...rsa, alg: 'PS256' };
  const both: JwsAlgorithm[] = ['RS256', 'PS256'];
  assert.equal(await reasonOf(signToken(rsa, claims(now)), [jwk], both), 'verified');
  assert.equal(await reasonOf(signToken(asPss, claims(now)), [jwk], both), 'verified');
  assert.equal(
    await reasonOf(signToken(rsa, claims(now), { alg: 'PS256' }), [jwk], both),
    'signature_invalid',
  );
  assert.equal(
    await reasonOf(signToken(asPss, claims(now), { alg: 'RS256' }), [jwk], both),
    'signature_invalid',
  );
});

test('a DER signature in the place of r ‖ s is refused', async () => {
  const [header, payload] = signToken(key, claims(now)).split('.') as [string, string];
  const der = sign('sha256', Buffer.from(`${header}.${payload}`), key.privateKey);
  assert.equal(await reasonOf(`${header}.${payload}.${der.toString('base64url')}`), 'signature_invalid');
});

test('signatures of zeroes are refused, not thrown', async () => {
  const [header, payload] = signToken(key, claims(now)).split('.') as [string, string];
  assert.equal(
    await reasonOf(`${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`),
    'signature_invalid',
  );
});
