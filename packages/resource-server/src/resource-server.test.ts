import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestFacts } from './access.ts';
import {
  bound,
  certificate,
  facts,
  key,
  mine,
  now,
  other,
  parts,
  reason,
  setUp,
} from './testing/deciding.ts';
import { claims, createTestKey, signToken } from './testing/tokens.ts';

const metadataUrl = 'https://api.example/.well-known/oauth-protected-resource/payments';

test('a right token on the right connection may do what its scope says', async () => {
  const { resourceServer } = setUp();
  const decision = await resourceServer.verify(facts(signToken(key, claims(now, bound)), { certificate }), {
    scope: 'payments:write payments:read',
  });
  assert.ok(decision.allowed);
  assert.equal(decision.access.clientId, 'billing');
});

test('a request without credentials gets a challenge without an error code (RFC 6750 §3.1)', async () => {
  const { resourceServer } = setUp();
  const bare = {
    status: 401,
    error: undefined,
    challenge: `Bearer resource_metadata="${metadataUrl}"`,
    body: '',
  };
  for (const authorization of [[], ['Basic YTpi'], ['DPoP abc'], ['']]) {
    assert.deepEqual(parts(await resourceServer.verify(facts(undefined, { authorization }))), bare);
  }
});

const badRequests: [string, Partial<RequestFacts>, string][] = [
  ['two Authorization headers', { authorization: ['Bearer a', 'Bearer b'] }, 'duplicate_authorization'],
  ['two equal Authorization headers', { authorization: ['Bearer a', 'Bearer a'] }, 'duplicate_authorization'],
  ['a scheme without a token', { authorization: ['Bearer'] }, 'malformed_authorization'],
  ['a scheme with spaces alone', { authorization: ['Bearer   '] }, 'malformed_authorization'],
  ['two tokens in one header', { authorization: ['Bearer a.b.c, Bearer d.e.f'] }, 'malformed_authorization'],
  ['a quoted token', { authorization: ['Bearer "a.b.c"'] }, 'malformed_authorization'],
  ['a token in the query', { url: '/payments?x=1&access_token=abc' }, 'token_in_query'],
  ['a token in the query without value', { url: '/payments?access_token' }, 'token_in_query'],
  ['a token in the query under an encoded name', { url: '/payments?access%5Ftoken=abc' }, 'token_in_query'],
];
for (const [what, changes, expected] of badRequests) {
  test(`${what} is invalid_request with status 400`, async () => {
    const { resourceServer } = setUp();
    const decision = await resourceServer.verify(facts(undefined, changes));
    const { status, error, challenge, body } = parts(decision);
    assert.equal(reason(decision), expected);
    assert.equal(status, 400);
    assert.equal(error, 'invalid_request');
    assert.match(
      challenge ?? '',
      /^Bearer error="invalid_request", error_description="[^"]+", resource_metadata="/,
    );
    assert.equal((JSON.parse(body) as { error: string }).error, 'invalid_request');
  });
}

test('a right token is refused all the same when another one is in the query', async () => {
  const { resourceServer } = setUp();
  const token = signToken(key, claims(now));
  assert.equal(
    reason(await resourceServer.verify(facts(token, { url: '/?access_token=x' }))),
    'token_in_query',
  );
});

test('a query that only looks like one with a token is let through', async () => {
  const { resourceServer } = setUp();
  const token = signToken(key, claims(now));
  for (const url of [
    '/access_token=x',
    '/?my_access_token=x',
    '/?a=access_token',
    '/?%zz=1',
    '/?ACCESS_TOKEN=1',
  ]) {
    assert.equal(reason(await resourceServer.verify(facts(token, { url }))), 'allowed', url);
  }
});

test('the scheme is read in any case and with several spaces', async () => {
  const { resourceServer } = setUp();
  const token = signToken(key, claims(now));
  for (const scheme of ['bearer ', 'BEARER ', 'Bearer   ']) {
    assert.equal(
      reason(await resourceServer.verify(facts(undefined, { authorization: [scheme + token] }))),
      'allowed',
    );
  }
});

test('an invalid token is 401 invalid_token, and the answer does not say why', async () => {
  const { resourceServer, log } = setUp();
  const expired = await resourceServer.verify(facts(signToken(key, claims(now - 3_600_000))));
  const forged = await resourceServer.verify(facts(signToken(createTestKey('k1'), claims(now))));
  assert.deepEqual(parts(expired), parts(forged));
  assert.equal(parts(expired).status, 401);
  assert.match(
    parts(expired).challenge ?? '',
    /^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="/,
  );
  assert.deepEqual(
    log.map((event) => event.type === 'refused' && event.refusal.reason),
    ['expired', 'signature_invalid'],
  );
});

test('a missing scope is 403 insufficient_scope with the scope that the route asks for', async () => {
  const { resourceServer } = setUp();
  const token = signToken(key, claims(now, { scope: 'payments:read' }));
  const decision = await resourceServer.verify(facts(token), { scope: ['payments:write', 'payments:read'] });
  const { status, error, challenge } = parts(decision);
  assert.equal(status, 403);
  assert.equal(error, 'insufficient_scope');
  assert.match(challenge ?? '', /scope="payments:write payments:read"/);
  assert.equal(
    reason(await resourceServer.verify(facts(token), { scope: 'payments:READ' })),
    'insufficient_scope',
  );
  assert.equal(
    reason(
      await resourceServer.verify(facts(signToken(key, claims(now, { scope: undefined }))), { scope: 'a' }),
    ),
    'insufficient_scope',
  );
});

test('a token above the limit is refused before anything is decoded', async () => {
  const { resourceServer } = setUp({ options: { maxTokenLength: 256 } });
  assert.equal(reason(await resourceServer.verify(facts('a'.repeat(257)))), 'token_too_large');
  assert.equal(reason(await resourceServer.verify(facts('a'.repeat(256)))), 'token_malformed');
});

test('a remembered token is forgotten once its key is published no more', async () => {
  const keys = { keys: [key.jwk] };
  const { resourceServer, time } = setUp({ options: { jwks: () => keys } });
  const token = signToken(key, claims(now));
  assert.equal(reason(await resourceServer.verify(facts(token))), 'allowed');
  keys.keys = [createTestKey('k2').jwk];
  time.now += 1000;
  assert.equal(reason(await resourceServer.verify(facts(token))), 'key_unknown');
});

test('the log hears why, and never holds a token or a query', async () => {
  const { resourceServer, log } = setUp();
  const token = signToken(key, claims(now, { ...bound, jti: 'j7' }));
  await resourceServer.verify(
    facts(token, { url: '/payments?secret=1', certificate: { ...certificate, thumbprint: other } }),
  );
  await resourceServer.verify(facts(undefined, { url: `/?access_token=${token}` }));
  assert.equal(JSON.stringify(log).includes(token), false);
  assert.deepEqual(log[0], {
    type: 'refused',
    status: 401,
    method: 'POST',
    path: '/payments',
    thumbprint: other,
    refusal: {
      reason: 'certificate_mismatch',
      detail: `the token is bound to ${mine}, the connection presents ${other}`,
      clientId: 'billing',
      tokenId: 'j7',
    },
  });
});

test('a resource without an https address is challenged by its realm and has no metadata', async () => {
  const { resourceServer } = setUp({ options: { resource: 'urn:example:payments' } });
  assert.equal(resourceServer.metadata, undefined);
  assert.equal(
    parts(await resourceServer.verify(facts(undefined))).challenge,
    'Bearer realm="urn:example:payments"',
  );
});

test('nothing is remembered where the cache is switched off', async () => {
  const { resourceServer } = setUp({ options: { cache: { maxEntries: 0 } } });
  const token = signToken(key, claims(now));
  assert.equal(reason(await resourceServer.verify(facts(token))), 'allowed');
  assert.equal(reason(await resourceServer.verify(facts(token))), 'allowed');
});

test('a handler cannot widen what later requests of the same token may do', async () => {
  const { resourceServer } = setUp();
  const token = signToken(key, claims(now, { ...bound, scope: 'payments:read' }));
  const decision = await resourceServer.verify(facts(token, { certificate }));
  assert.ok(decision.allowed);
  const access = decision.access as unknown as { scope: string[]; binding: unknown };
  assert.throws(() => access.scope.push('payments:write'), TypeError);
  assert.throws(() => {
    access.binding = undefined;
  }, TypeError);
  assert.equal(
    reason(await resourceServer.verify(facts(token, { certificate }), { scope: 'payments:write' })),
    'insufficient_scope',
  );
});
