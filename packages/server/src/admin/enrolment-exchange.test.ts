import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send, type TestAnswer } from '../start/testing/running-server.ts';
import { exchangeAndEnrol } from './testing/exchange-and-enrol.ts';
import { openExchangeHouse } from './testing/exchange-house.ts';

const house = await openExchangeHouse();
const { server } = house;
const { ca, mtls, issuer } = server;

/** RFC 6750 §3: what the challenge says. */
function refused(answer: TestAnswer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.ok(String(answer.headers['www-authenticate']).includes(`error="${error}"`));
  assert.equal(answer.text.includes('eab'), false);
}

test('a bound token is exchanged for a key that makes one account of its own client', () =>
  exchangeAndEnrol(house, 'ci'));

test('no token, no certificate, or the certificate of another connection exchanges nothing', async () => {
  const credential = await house.client('robbed');
  const other = await house.client('thief');
  const token = await house.token('robbed', credential);
  const without = await house.exchange(undefined, credential);
  assert.equal(without.status, 401);
  assert.match(String(without.headers['www-authenticate']), /^Bearer resource_metadata=/);
  refused(await house.exchange(token, undefined), 401, 'invalid_token');
  refused(await house.exchange(token, other), 401, 'invalid_token');
  assert.equal((await house.exchange(token, credential)).status, 201);
});

test('a token that is not bound is exchanged for nothing', async () => {
  const { client_secret: secret } = await house.mortise(
    ...['client', 'create', 'unbound', '--scope', 'mortise:enrol', '--resource', `${mtls}/admin/v1`],
  );
  const answer = await send(`${issuer}/oauth2/token`, {
    ca,
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`unbound:${String(secret)}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'mortise:enrol' }),
  });
  assert.equal(answer.status, 200, answer.text);
  const token = String(answer.json()['access_token']);
  refused(await house.exchange(token, undefined), 401, 'invalid_token');
  refused(await house.exchange(token, await house.client('certified')), 401, 'invalid_token');
});

test('a token without the scope is exchanged for nothing, an administrator’s neither', async () => {
  const credential = await house.client('reader', 'mortise:read mortise:admin');
  const token = await house.token('reader', credential, 'mortise:read mortise:admin');
  refused(await house.exchange(token, credential), 403, 'insufficient_scope');
});

test('a client that may enrol itself administers nothing', async () => {
  const credential = await house.client('humble');
  const headers = { authorization: `Bearer ${await house.token('humble', credential)}` };
  for (const [method, path] of [
    ['GET', '/clients'],
    ['POST', '/clients/ci/enrolments'],
    ['GET', '/server'],
  ] as const) {
    const answer = await send(`${mtls}/admin/v1${path}`, { ...credential, ca, method, headers });
    refused(answer, 403, 'insufficient_scope');
  }
});

test('a token of another resource is exchanged for nothing', async () => {
  await house.mortise('resource', 'create', 'https://other.example', '--scope', 'mortise:enrol');
  const credential = await house.client('elsewhere');
  await house.mortise('client', 'update', 'elsewhere', '--resource', 'https://other.example');
  const token = await house.token('elsewhere', credential);
  refused(await house.exchange(token, credential), 401, 'invalid_token');
});

test('a client that is suspended or revoked gets no key, and uses none that it has', async () => {
  const credential = await house.client('leaver');
  const token = await house.token('leaver', credential);
  const first = (await house.exchange(token, credential)).json();
  await house.mortise('client', 'suspend', 'leaver');
  assert.equal((await house.exchange(token, credential).catch(() => ({ status: 401 }))).status, 401);
  assert.deepEqual((await house.register(first)).type, 'urn:ietf:params:acme:error:unauthorized');
  await house.mortise('client', 'resume', 'leaver');
  refused(await house.exchange(token, credential), 401, 'invalid_token');
  const fresh = await house.token('leaver', credential);
  const second = (await house.exchange(fresh, credential)).json();
  const { acme } = await house.register(second);
  await house.mortise('client', 'revoke', 'leaver');
  assert.equal((await house.exchange(fresh, credential).catch(() => ({ status: 401 }))).status, 401);
  const answer = await acme.order(['leaver.clients.localhost']);
  assert.equal(answer.json.type, 'urn:ietf:params:acme:error:unauthorized');
});

test('a token is exchanged for profiles of clients alone, and only for those that an authority issues to it', async () => {
  const credential = await house.client('bounded');
  const token = await house.token('bounded', credential);
  const exchange = async (profile: string) => {
    const answer = await send(`${mtls}/admin/v1/enrolments?profile=${profile}`, {
      ...credential,
      ca,
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: answer.status, document: answer.json() };
  };
  const keys = async () => house.mortise('enrolment', 'list', 'bounded');
  for (const [profile, code] of [
    ['server', 'profile_not_allowed'],
    ['spiffe', 'profile_invalid'],
    ['intermediate', 'profile_invalid'],
    ['nothing', 'profile_invalid'],
    ['', 'profile_invalid'],
  ] as const) {
    const { status, document } = await exchange(profile);
    assert.deepEqual([status, document['code']], [400, code], profile);
    assert.equal('eab_kid' in document, false);
  }
  assert.match(String((await exchange('server')).document['detail']), /an administrator makes keys for it/);
  await house.mortise('profile', 'create', 'elite', '--based-on', 'client');
  await house.mortise(
    'profile',
    'create',
    'payments',
    '--based-on',
    'client',
    '--name-pattern',
    'dns:*.pay.example',
  );
  await house.mortise('authority', 'create', 'elite', '--profile', 'elite', '--client', 'ci');
  const others = ['client', 'short-lived', 'server', 'payments'].flatMap((name) => ['--profile', name]);
  await house.mortise('authority', 'limit', 'main', ...others);
  assert.deepEqual(await keys(), []);
  const elite = await exchange('elite');
  assert.deepEqual([elite.status, elite.document['code']], [409, 'authority_not_allowed']);
  assert.match(String(elite.document['detail']), /no authority issue the profile elite to client bounded/);
  const payments = await exchange('payments');
  assert.deepEqual([payments.status, payments.document['code']], [400, 'name_not_allowed']);
  assert.deepEqual(await keys(), [], 'nothing was made');
  await house.mortise('authority', 'limit', 'elite', '--client', 'bounded');
  for (const profile of ['elite', 'short-lived', 'client']) {
    const { status, document } = await exchange(profile);
    assert.equal(status, 201, profile);
    assert.equal((await house.register(document)).status, 201);
  }
  await house.mortise('authority', 'limit', 'main', '--any-profile');
  assert.ok((await house.mortise('client', 'enrol', 'bounded', '--profile', 'server'))['eab_kid']);
});

test('an exchange is not to be had on public, nor with a GET', async () => {
  const credential = await house.client('lost');
  const headers = { authorization: `Bearer ${await house.token('lost', credential)}` };
  const onPublic = await send(`${issuer}/admin/v1/enrolments`, { ca, method: 'POST', headers });
  assert.equal(onPublic.status, 404);
  const path = `${mtls}/admin/v1/enrolments`;
  assert.equal((await send(path, { ...credential, ca, headers })).status, 404);
});

test('what is served as metadata of the admin API names the scope', async () => {
  const answer = await send(`${mtls}/.well-known/oauth-protected-resource${'/admin/v1'}`, { ca });
  const document = answer.json();
  assert.equal(document['resource'], `${mtls}/admin/v1`);
  assert.deepEqual(document['scopes_supported'], ['mortise:read', 'mortise:admin', 'mortise:enrol']);
  assert.equal(document['tls_client_certificate_bound_access_tokens'], true);
});

test('ACME itself takes no tokens', async () => {
  const credential = await house.client('impatient');
  const token = await house.token('impatient', credential);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/jose+json' };
  const url = `${issuer}/acme/client/new-account`;
  const answer = await send(url, { ca, method: 'POST', headers, body: '{}' });
  assert.equal(answer.json()['type'], 'urn:ietf:params:acme:error:malformed');
});

test('a client takes only so many keys for itself, and an administrator is not held up by that', async () => {
  const credential = await house.client('greedy');
  const token = await house.token('greedy', credential);
  let answer = await house.exchange(token, credential);
  for (let taken = 1; taken <= 60; taken += 1) {
    assert.equal(answer.status, 201);
    answer = await house.exchange(token, credential);
  }
  assert.equal(answer.status, 429);
  assert.equal(answer.json()['code'], 'rate_limited');
  assert.ok((await house.mortise('client', 'enrol', 'greedy'))['eab_kid']);
});

test('an expired token is exchanged for nothing, and a key is good for ten minutes', async () => {
  const credential = await house.client('late');
  const token = await house.token('late', credential);
  const enrolment = (await house.exchange(token, credential)).json();
  house.clock.aheadMs = 600_000;
  assert.deepEqual((await house.register(enrolment)).type, 'urn:ietf:params:acme:error:unauthorized');
  house.clock.aheadMs = 700_000;
  refused(await house.exchange(token, credential), 401, 'invalid_token');
});
