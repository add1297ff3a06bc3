import assert from 'node:assert/strict';
import { createHmac, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, exportSPKI, type JSONWebKeySet, jwtVerify } from 'jose';
import type { TokenGrant } from './access-token.ts';
import {
  AccessTokens,
  type SigningAlgorithm,
  type SigningKeys,
  signingAlgorithms,
  TokenGrantError,
} from './index.ts';
import { openTestKeys, startOfTime, type TestKeys } from './testing/test-keys.ts';

const issuer = 'https://auth.example';
const issuedAt = startOfTime / 1000;

function grant(changes: Partial<TokenGrant> = {}): TokenGrant {
  return {
    client: { clientId: 'billing', epoch: 3, certificateBoundAccessTokens: false },
    resource: { identifier: 'https://api.example', signingAlgorithm: 'ES256' },
    scope: 'read write',
    credentialIds: ['cred_1', 'cred_2'],
    authorityIds: ['auth_1'],
    lifetimeSeconds: 300,
    ...changes,
  };
}

function forAlgorithm(signingAlgorithm: SigningAlgorithm): TokenGrant {
  return grant({ resource: { identifier: 'https://api.example', signingAlgorithm } });
}

async function openTokens(world: TestKeys): Promise<{ keys: SigningKeys; tokens: AccessTokens }> {
  const keys = await world.open();
  return { keys, tokens: new AccessTokens({ issuer, keys, clock: world.clock }) };
}

/** A token with another header or other claims, signed by the same key. */
async function forge(
  keys: SigningKeys,
  header: Record<string, unknown>,
  claims: Record<string, unknown> | string,
): Promise<string> {
  const key = keys.current('ES256')!;
  const encode = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: 'ES256', kid: key.kid, typ: 'at+jwt', ...header })}.${encode(claims)}`;
  return `${input}.${await key.sign(Buffer.from(input))}`;
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

test('a token holds what RFC 9068 requires, and jose verifies it with the published keys', async (t) => {
  const world = await openTestKeys(t);
  const { keys, tokens } = await openTokens(world);
  const token = await tokens.mint(grant());
  assert.deepEqual(decodeProtectedHeader(token), {
    alg: 'ES256',
    kid: keys.current('ES256')?.kid,
    typ: 'at+jwt',
  });
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys.jwks() as JSONWebKeySet), {
    issuer,
    audience: 'https://api.example',
    typ: 'at+jwt',
    currentDate: new Date(startOfTime),
  });
  const { jti, ...claims } = payload;
  assert.match(jti ?? '', /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(claims, {
    iss: issuer,
    sub: 'billing',
    client_id: 'billing',
    aud: 'https://api.example',
    exp: issuedAt + 300,
    iat: issuedAt,
    scope: 'read write',
    mortise: { epoch: 3, credentials: ['cred_1', 'cred_2'], authorities: ['auth_1'] },
  });
});

for (const algorithm of signingAlgorithms) {
  test(`a resource may have its tokens signed with ${algorithm}`, async (t) => {
    const world = await openTestKeys(t);
    const { keys, tokens } = await openTokens(world);
    const token = await tokens.mint(forAlgorithm(algorithm));
    assert.equal(decodeProtectedHeader(token).alg, algorithm);
    await jwtVerify(token, createLocalJWKSet(keys.jwks() as JSONWebKeySet), {
      algorithms: [algorithm],
      currentDate: new Date(startOfTime),
    });
    assert.equal(tokens.read(token)?.clientId, 'billing');
    const again = tokens.mint(forAlgorithm(algorithm));
    assert.equal(typeof again, algorithm.endsWith('256') && algorithm !== 'ES256' ? 'object' : 'string');
    assert.equal(tokens.read(await again)?.clientId, 'billing');
  });
}

test('a bound token carries the thumbprint, and reads back whole', async (t) => {
  const world = await openTestKeys(t);
  const { keys, tokens } = await openTokens(world);
  const confirmation = { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' };
  const token = await tokens.mint(
    grant({ client: { clientId: 'billing', epoch: 1, certificateBoundAccessTokens: true }, confirmation }),
  );
  assert.deepEqual(claimsOf(token)['cnf'], confirmation);
  const read = tokens.read(token);
  assert.match(read?.tokenId ?? '', /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(read, {
    tokenId: read?.tokenId,
    keyId: keys.current('ES256')?.kid,
    clientId: 'billing',
    resource: 'https://api.example',
    scope: 'read write',
    issuedAt,
    expiresAt: issuedAt + 300,
    confirmation,
    epoch: 1,
    credentialIds: ['cred_1', 'cred_2'],
    authorityIds: ['auth_1'],
  });
});

test('a client that must be bound never gets an unbound token', async (t) => {
  const world = await openTestKeys(t);
  const { tokens } = await openTokens(world);
  const client = { clientId: 'billing', epoch: 1, certificateBoundAccessTokens: true };
  for (const confirmation of [undefined, { 'x5t#S256': '' }]) {
    assert.throws(
      () => tokens.mint(grant({ client, confirmation })),
      (error) => error instanceof TokenGrantError && error.code === 'binding_required',
    );
  }
});

test('no token outlives the key that signed it', async (t) => {
  const world = await openTestKeys(t);
  const { tokens } = await openTokens(world);
  for (const lifetimeSeconds of [86_401, 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => tokens.mint(grant({ lifetimeSeconds })), { code: 'lifetime_out_of_bounds' });
  }
  assert.equal(claimsOf(await tokens.mint(grant({ lifetimeSeconds: 86_400 })))['exp'], issuedAt + 86_400);
});

test('text that would break out of the JSON stays text', async (t) => {
  const world = await openTestKeys(t);
  const { tokens } = await openTokens(world);
  const odd = 'a","client_id":"admin\\\u2028é';
  const token = await tokens.mint(
    grant({
      client: { clientId: odd, epoch: 1, certificateBoundAccessTokens: false },
      resource: { identifier: odd, signingAlgorithm: 'ES256' },
      scope: odd,
      confirmation: { 'x5t#S256': odd },
      credentialIds: [odd],
      authorityIds: [],
    }),
  );
  const claims = claimsOf(token);
  assert.equal(claims['client_id'], odd);
  assert.equal(claims['aud'], odd);
  assert.equal(claims['scope'], odd);
  assert.deepEqual(claims['cnf'], { 'x5t#S256': odd });
  assert.deepEqual(claims['mortise'], { epoch: 1, credentials: [odd], authorities: [] });
});

test('no two of many tokens have one id', async (t) => {
  const world = await openTestKeys(t);
  const { tokens } = await openTokens(world);
  const ids = new Set<unknown>();
  for (let i = 0; i < 1000; i++) ids.add(claimsOf(await tokens.mint(grant()))['jti']);
  assert.equal(ids.size, 1000);
});

test('a token lives until the second in which it expires', async (t) => {
  const world = await openTestKeys(t);
  const { tokens } = await openTokens(world);
  const token = await tokens.mint(grant());
  world.time.now = startOfTime + 299_999;
  assert.equal(tokens.verify(token).valid, true);
  world.time.now += 1;
  assert.deepEqual(tokens.verify(token), { valid: false, code: 'expired' });
});

test('a token of a superseded key still reads; of a revoked one it does not', async (t) => {
  const world = await openTestKeys(t);
  const { keys, tokens } = await openTokens(world);
  const token = await tokens.mint(grant());
  const kid = keys.current('ES256')!.kid;
  world.time.now += 1;
  await keys.rotate({ algorithm: 'ES256', immediately: true, actor: 'cli' });
  assert.notEqual(keys.current('ES256')?.kid, kid);
  assert.equal(tokens.verify(token).valid, true);
  await keys.revoke({ kid, actor: 'cli' });
  assert.deepEqual(tokens.verify(token), { valid: false, code: 'key_revoked' });
});

test('every token that is not ours is refused by its code', async (t) => {
  const world = await openTestKeys(t);
  const { keys, tokens } = await openTokens(world);
  const good = await tokens.mint(grant());
  const claims = claimsOf(good);
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const flipped = Buffer.from(signature, 'base64url');
  flipped[10] = flipped[10]! ^ 1;
  const other = await openTestKeys(t);
  const foreign = await (await openTokens(other)).tokens.mint(grant());
  const pem = await exportSPKI(createPublicKey({ key: { ...keys.jwks().keys[0] }, format: 'jwk' }));
  const hmacInput = `${Buffer.from(JSON.stringify({ alg: 'HS256', kid: keys.current('ES256')!.kid, typ: 'at+jwt' })).toString('base64url')}.${payload}`;
  const hmac = createHmac('sha256', pem).update(hmacInput).digest('base64url');
  await keys.ensure('EdDSA');

  const refused: [string, string, string][] = [
    ['empty', '', 'malformed'],
    ['two parts', `${header}.${payload}`, 'malformed'],
    ['four parts', `${good}.x`, 'malformed'],
    ['an empty signature', `${header}.${payload}.`, 'malformed'],
    ['padding', `${header}.${payload}.${signature}==`, 'malformed'],
    ['white space', `${good}\n`, 'malformed'],
    ['a header that is no JSON', `abc.${payload}.${signature}`, 'malformed'],
    [
      'a header that is no object',
      `${Buffer.from('[1]').toString('base64url')}.${payload}.${signature}`,
      'malformed',
    ],
    ['no kid', await forge(keys, { kid: undefined }, claims), 'malformed'],
    ['a kid that is no text', await forge(keys, { kid: 7 }, claims), 'malformed'],
    ['crit', await forge(keys, { crit: ['x'] }, claims), 'malformed'],
    ['an ID token', await forge(keys, { typ: 'JWT' }, claims), 'type_wrong'],
    ['no type', await forge(keys, { typ: undefined }, claims), 'type_wrong'],
    ['another issuer’s key', foreign, 'key_unknown'],
    ['alg none', await forge(keys, { alg: 'none' }, claims), 'algorithm_wrong'],
    ['HMAC with the public key', `${hmacInput}.${hmac}`, 'algorithm_wrong'],
    ['the algorithm of another key', await forge(keys, { alg: 'EdDSA' }, claims), 'algorithm_wrong'],
    ['an EdDSA key’s id', await forge(keys, { kid: keys.current('EdDSA')?.kid }, claims), 'algorithm_wrong'],
    ['a changed signature', `${header}.${payload}.${flipped.toString('base64url')}`, 'signature_invalid'],
    ['a short signature', `${header}.${payload}.${signature.slice(0, -4)}`, 'signature_invalid'],
    ['changed claims', `${header}.${payload.slice(0, -4)}AAAA.${signature}`, 'signature_invalid'],
    ['another issuer', await forge(keys, {}, { ...claims, iss: 'https://evil.example' }), 'issuer_wrong'],
    ['claims that are no JSON', await forge(keys, {}, 'x'), 'malformed'],
    ['no jti', await forge(keys, {}, { ...claims, jti: undefined }), 'malformed'],
    ['another subject', await forge(keys, {}, { ...claims, sub: 'admin' }), 'malformed'],
    ['two audiences', await forge(keys, {}, { ...claims, aud: ['a', 'b'] }), 'malformed'],
    ['no scope', await forge(keys, {}, { ...claims, scope: undefined }), 'malformed'],
    ['no expiry', await forge(keys, {}, { ...claims, exp: undefined }), 'malformed'],
    ['a confirmation of another kind', await forge(keys, {}, { ...claims, cnf: { jkt: 'x' } }), 'malformed'],
    ['no confirmation', await forge(keys, {}, { ...claims, cnf: null }), 'malformed'],
    ['no ids', await forge(keys, {}, { ...claims, mortise: undefined }), 'malformed'],
    ['null ids', await forge(keys, {}, { ...claims, mortise: null }), 'malformed'],
    [
      'ids that are no texts',
      await forge(keys, {}, { ...claims, mortise: { epoch: 1, credentials: [1], authorities: [] } }),
      'malformed',
    ],
    ['17 KiB', `${header}.${'a'.repeat(17_000)}.${signature}`, 'too_large'],
  ];
  for (const [what, token, code] of refused) {
    assert.deepEqual(tokens.verify(token), { valid: false, code }, what);
    assert.equal(tokens.read(token), undefined, what);
  }
  assert.equal(tokens.verify(await forge(keys, { typ: 'application/AT+JWT' }, claims)).valid, true);
});

test('what is remembered of a grant is never lent to another one', async (t) => {
  const world = await openTestKeys(t);
  const { tokens } = await openTokens(world);
  const { client, resource } = grant();
  const confirmation = { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' };
  const changes: Partial<TokenGrant>[] = [
    {},
    { scope: 'read' },
    { resource: { ...resource, identifier: 'https://other.example' } },
    { confirmation },
    { confirmation: { 'x5t#S256': confirmation['x5t#S256'].toLowerCase() } },
    { credentialIds: ['cred_1'] },
    { credentialIds: ['cred_1', 'cred_3'] },
    { credentialIds: [] },
    { authorityIds: [] },
    { authorityIds: ['auth_1', 'auth_2'] },
    { lifetimeSeconds: 60 },
    { client: { ...client } },
    { client: { ...client, epoch: 4 } },
    { client: { ...client, clientId: 'payroll' } },
  ];
  const ids = new Set<unknown>();
  for (const one of changes) {
    for (const other of changes) {
      for (const change of [one, other, other]) {
        const asked = { ...grant(), client, ...change };
        const { jti, ...claims } = claimsOf(await tokens.mint(asked));
        ids.add(jti);
        assert.deepEqual(claims, {
          iss: issuer,
          sub: asked.client.clientId,
          client_id: asked.client.clientId,
          aud: asked.resource.identifier,
          exp: issuedAt + asked.lifetimeSeconds,
          iat: issuedAt,
          scope: asked.scope,
          ...(asked.confirmation && { cnf: asked.confirmation }),
          mortise: {
            epoch: asked.client.epoch,
            credentials: asked.credentialIds,
            authorities: asked.authorityIds,
          },
        });
      }
    }
  }
  assert.equal(ids.size, 3 * changes.length ** 2);
});

test('claims with any text in them are encoded as what they are', async (t) => {
  const world = await openTestKeys(t);
  const { tokens } = await openTokens(world);
  for (const text of [
    'a',
    'ab',
    'abc',
    'abcd',
    '"\\',
    '\u00e9',
    '\u20ac',
    '\u{1f600}',
    '\ud800',
    'x'.repeat(5_000),
  ]) {
    const client = { clientId: text, epoch: 3, certificateBoundAccessTokens: false };
    const claims = claimsOf(await tokens.mint(grant({ client, scope: text })));
    const asJson = JSON.parse(JSON.stringify(text)) as string;
    assert.deepEqual([claims['sub'], claims['scope']], [asJson, asJson]);
  }
});
