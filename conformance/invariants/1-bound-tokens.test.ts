import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asserting, claimsFor, es256, hs256, jws, signingKey } from './testing/assertions.ts';
import { certify, identityOf } from './testing/certificates.ts';
import { House, type IssuedIdentity, type OAuthCall } from './testing/house.ts';
import { basic, bearer, claimsOf, type Identity } from './testing/https-request.ts';
import { ProtectedApi } from './testing/protected-api.ts';

let house: House;
let api: ProtectedApi;
let billing: IssuedIdentity;
let thief: IssuedIdentity;

before(async () => {
  house = await House.start();
  api = await ProtectedApi.start(house);
  billing = await house.certified('billing');
  thief = await house.certified('thief');
});
after(async () => {
  await api.close();
  await house.discard();
});

async function tokenOf(clientId: string, identity: Identity): Promise<string> {
  const answer = await house.token('mtls', { identity, form: { client_id: clientId } });
  assert.equal(answer.status, 200, answer.text);
  return String(answer.body['access_token']);
}

test('invariant 1: a token with cnf never passes as a bearer token at an API', async () => {
  const token = await tokenOf('billing', billing);
  assert.deepEqual(claimsOf(token)['cnf'], { 'x5t#S256': billing.x5t });
  assert.equal((await api.call(token, { identity: billing })).status, 200);

  const second = await house.certificate('billing');
  const forged = { 'client-cert': `:${Buffer.from(billing.leaf).toString('base64')}:` };
  const selfSigned = identityOf(await certify('CN=billing'));
  const thefts: [string, Parameters<ProtectedApi['call']>[1], string][] = [
    ['no certificate', {}, 'certificate_missing'],
    ['no certificate, but a header that holds it', { headers: forged }, 'certificate_missing'],
    ["another client's certificate", { identity: thief }, 'certificate_mismatch'],
    ['a newer certificate of the same client', { identity: second }, 'certificate_mismatch'],
    ['a certificate of the same name', { identity: selfSigned }, 'certificate_mismatch'],
  ];
  for (const [what, options, reason] of thefts) {
    const answer = await api.call(token, options);
    assert.equal(answer.status, 401, what);
    assert.match(String(answer.headers['www-authenticate']), /error="invalid_token"/, what);
    assert.equal(api.reasons.at(-1), reason, what);
  }
  assert.equal((await api.call(token, { identity: billing })).status, 200, 'its owner still may');
});

test('invariant 1: introspection tells the binding, and tells a stranger nothing', async () => {
  const token = await tokenOf('billing', billing);
  const ask = async (clientId: string, identity: Identity): Promise<unknown> =>
    (await house.send('mtls', '/oauth2/introspect', { identity, form: { client_id: clientId, token } })).body;
  const node = await house.certificate('payments-api');
  const told = (await ask('payments-api', node)) as Record<string, unknown>;
  assert.equal(told['active'], true);
  assert.deepEqual(told['cnf'], { 'x5t#S256': billing.x5t });
  assert.deepEqual(await ask('thief', thief), { active: false });
  assert.deepEqual(await ask('billing', billing), { active: false }, 'not even its own client');
});

test('invariant 1: a stolen administrator token opens the admin API to nobody else', async () => {
  const headers = bearer(await house.administratorToken());
  for (const identity of [undefined, billing, identityOf(await certify('CN=admin'))]) {
    const read = await house.send('mtls', '/admin/v1/clients', { headers, identity });
    assert.equal(read.status, 401);
    const json = { client_id: 'intruder' };
    const write = await house.send('mtls', '/admin/v1/clients', { headers, identity, json });
    assert.equal(write.status, 401);
  }
  assert.equal((await house.send('public', '/admin/v1/clients', { headers })).status, 404);
  assert.equal((await house.ask('GET', '/clients/intruder')).status, 404);
});

test('invariant 1: the admin API takes no bearer token, whatever its scope', async () => {
  const resource = `${house.ready.mtls}/admin/v1`;
  const secret = await house.client('operator', { scope: 'mortise:admin', resources: [resource] });
  const answer = await house.token('public', {
    headers: basic('operator', secret),
    form: { scope: 'mortise:admin', resource },
  });
  assert.equal(claimsOf(String(answer.body['access_token']))['cnf'], undefined);
  const headers = bearer(String(answer.body['access_token']));
  for (const identity of [undefined, billing, house.administrator]) {
    const json = { client_id: 'intruder' };
    assert.equal((await house.send('mtls', '/admin/v1/clients', { headers, identity, json })).status, 401);
  }
});

test('invariant 1: the streams to nodes open to no token and to no other certificate', async () => {
  const headers = bearer(await tokenOf('billing', billing));
  for (const identity of [undefined, billing, thief, identityOf(await certify('CN=payments-api'))]) {
    const feed = await house.send('mtls', '/nodes/v1/feed', { headers, identity });
    assert.equal(feed.status, 403);
    const report = await house.send('mtls', '/nodes/v1/reports', {
      headers,
      identity,
      json: { position: 1 },
    });
    assert.equal(report.status, 403);
  }
  assert.equal((await house.send('public', '/nodes/v1/feed')).status, 404);
});

test('invariant 1: a client that must be bound never gets an unbound token, by any method or listener', async () => {
  const must = { tls_client_certificate_bound_access_tokens: true };
  const { issuer } = house.ready;
  const key = signingKey();
  const own = await certify('CN=bound-self-signed');
  const x5c = [own.certificate.der.toString('base64')];
  const selfSignedJwk = { ...own.certificate.publicKey.export({ format: 'jwk' }), x5c };
  const secretOf = (method: string) =>
    house.client(`bound-${method}`, { token_endpoint_auth_method: method, ...must });
  const basicSecret = await secretOf('client_secret_basic');
  const postSecret = await secretOf('client_secret_post');
  const jwtSecret = await secretOf('client_secret_jwt');
  await house.client('bound-private_key_jwt', {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: key.jwks,
    ...must,
  });
  await house.client('bound-tls', { token_endpoint_auth_method: 'tls_client_auth', ...must });
  await house.client('bound-self_signed', {
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [selfSignedJwk] },
    ...must,
  });

  /** Each client with what proves it, afresh for every request. */
  const proofs: [string, () => OAuthCall][] = [
    ['bound-client_secret_basic', () => ({ headers: basic('bound-client_secret_basic', basicSecret) })],
    [
      'bound-client_secret_post',
      () => ({ form: { client_id: 'bound-client_secret_post', client_secret: postSecret } }),
    ],
    [
      'bound-client_secret_jwt',
      () => {
        const claims = claimsFor('bound-client_secret_jwt', issuer);
        return { form: asserting(jws({ alg: 'HS256' }, claims, hs256(jwtSecret))) };
      },
    ],
    [
      'bound-private_key_jwt',
      () => {
        const claims = claimsFor('bound-private_key_jwt', issuer);
        return { form: asserting(jws({ alg: 'ES256' }, claims, es256(key.privateKey))) };
      },
    ],
    ['bound-tls', () => ({ form: { client_id: 'bound-tls' } })],
    ['bound-self_signed', () => ({ form: { client_id: 'bound-self_signed' } })],
  ];
  for (const [clientId, proof] of proofs) {
    const identity = clientId === 'bound-self_signed' ? identityOf(own) : await house.certificate(clientId);
    const stranger = identityOf(await certify(`CN=${clientId}`));
    for (const [listener, shown] of [
      ['public', undefined],
      ['public', identity],
      ['mtls', undefined],
      ['mtls', thief],
      ['mtls', stranger],
    ] as const) {
      const refused = await house.token(listener, { ...proof(), identity: shown });
      assert.equal(refused.status, 401, `${clientId} on ${listener}: ${refused.text}`);
      assert.equal(refused.body['error'], 'invalid_client');
      assert.equal(refused.body['access_token'], undefined);
    }
    const bound = await house.token('mtls', { ...proof(), identity });
    assert.equal(bound.status, 200, `${clientId}: ${bound.text}`);
    assert.ok(claimsOf(String(bound.body['access_token']))['cnf'], clientId);
  }
});

test('invariant 1: a client that begins to require binding, or is moving to mutual TLS, gets no unbound token from then on', async () => {
  const secret = await house.client('moving');
  const ask = (): ReturnType<House['token']> => house.token('public', { headers: basic('moving', secret) });
  assert.equal((await ask()).status, 200);
  await house.administer('PATCH', '/clients/moving', { tls_client_certificate_bound_access_tokens: true });
  assert.equal((await ask()).status, 401);
  await house.administer('PATCH', '/clients/moving', {
    token_endpoint_auth_method: 'tls_client_auth',
    previous_token_endpoint_auth_method: 'client_secret_basic',
    previous_token_endpoint_auth_method_expires_at: Math.floor(Date.now() / 1000) + 3600,
  });
  assert.equal((await ask()).status, 401, 'the former method brings no bearer token either');
  const identity = await house.certificate('moving');
  const bound = await house.token('mtls', { headers: basic('moving', secret), identity });
  assert.deepEqual(claimsOf(String(bound.body['access_token']))['cnf'], { 'x5t#S256': identity.x5t });
});

test('invariant 1: tokens that die with a suspension stay dead after resuming, and new ones live', async () => {
  const identity = await house.certified('sleeper');
  const secretOnly = await house.client('sleeper-secret');
  const bearerToken = async (): Promise<string> => {
    const answer = await house.token('public', { headers: basic('sleeper-secret', secretOnly) });
    return String(answer.body['access_token']);
  };
  const old = [
    { clientId: 'sleeper', token: await tokenOf('sleeper', identity), identity },
    { clientId: 'sleeper-secret', token: await bearerToken(), identity: undefined },
  ];
  const node = await house.certificate('payments-api');
  const introspected = async (token: string): Promise<unknown> => {
    const form = { client_id: 'payments-api', token };
    const answer = await house.send('mtls', '/oauth2/introspect', { identity: node, form });
    return answer.body['active'];
  };
  for (const { clientId, token, identity: shown } of old) {
    const call = async (presented: string): Promise<number> =>
      (await api.call(presented, { identity: shown })).status;
    assert.equal(await call(token), 200);
    const suspended = api.hears('client', clientId);
    await house.administer('POST', `/clients/${clientId}/suspend`, {});
    assert.equal(await introspected(token), false);
    await suspended;
    assert.equal(await call(token), 401);
    await house.administer('POST', `/clients/${clientId}/resume`, {});
    assert.equal(await introspected(token), false, 'after resuming, too');
    // The feed is in order: who enforces a later act has heard of the resuming.
    const later = api.hears('client', 'thief');
    await house.administer('POST', '/clients/thief/suspend', {});
    await later;
    await house.administer('POST', '/clients/thief/resume', {});
    assert.equal(await call(token), 401);
    const fresh = shown === undefined ? await bearerToken() : await tokenOf(clientId, shown);
    assert.equal(await introspected(fresh), true);
    assert.equal(await call(fresh), 200);
  }
});
