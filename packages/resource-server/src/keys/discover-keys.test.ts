import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { FollowingSetup } from '../testing/following.ts';

let setup: FollowingSetup;
beforeEach(async () => {
  setup = await FollowingSetup.start();
});
afterEach(() => setup.close());

test('keys of an issuer that answers for another are not used', async () => {
  const wrong: [string, string][] = [
    [
      '/.well-known/oauth-authorization-server',
      JSON.stringify({
        issuer: 'https://other.example',
        jwks_uri: `${setup.issuerServer.issuer}/oauth2/jwks`,
      }),
    ],
    [
      '/.well-known/oauth-authorization-server',
      JSON.stringify({ issuer: setup.issuerServer.issuer, jwks_uri: 'http://localhost/jwks' }),
    ],
    ['/.well-known/oauth-authorization-server', 'null'],
    ['/oauth2/jwks', 'x'.repeat(300_000)],
    ['/oauth2/jwks', '<html>'],
  ];
  for (const [path, body] of wrong) {
    setup.issuerServer.answers.clear();
    setup.issuerServer.answers.set(path, (response) => response.end(body));
    const { next } = setup.follow();
    const failed = await next('keys_fetch_failed');
    assert.equal(
      failed.type === 'keys_fetch_failed' && (failed.error as { code?: string }).code,
      'server_response_invalid',
      body.slice(0, 80),
    );
  }
  setup.issuerServer.answers.set('/oauth2/jwks', (response) =>
    response.writeHead(302, { location: '/elsewhere' }).end(),
  );
  const { next, resourceServer } = setup.follow();
  const failed = await next('keys_fetch_failed');
  assert.equal(
    failed.type === 'keys_fetch_failed' && (failed.error as { code?: string }).code,
    'server_unreachable',
  );
  const request = { method: 'GET', url: '/', authorization: [`Bearer ${setup.token({ cnf: undefined })}`] };
  const decision = await resourceServer.verify(request);
  assert.ok(!decision.allowed);
  assert.equal(decision.private.reason, 'keys_unavailable');
  assert.equal(decision.status, 503);
});

test('keys stay in use while the server is away', async () => {
  const { resourceServer } = setup.follow({ whenStale: 'fail-open' });
  await resourceServer.ready();
  await setup.issuerServer.stop();
  const request = { method: 'GET', url: '/', authorization: [`Bearer ${setup.token({ cnf: undefined })}`] };
  assert.equal((await resourceServer.verify(request)).allowed, true);
  await setup.issuerServer.restart();
});
