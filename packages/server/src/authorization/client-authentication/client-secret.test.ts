import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  formRequest,
  json,
  orders,
} from '../testing/authorization-fixture.ts';

const grant = { grant_type: 'client_credentials' };
const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };

describe('client secrets', () => {
  let fixture: AuthorizationFixture;
  let secret: string;
  let posted: string;

  before(async () => {
    fixture = await authorizationFixture();
    ({ secret } = await fixture.register({ ...registration, client_id: 'header' }));
    ({ secret: posted } = await fixture.register({
      ...registration,
      client_id: 'body',
      token_endpoint_auth_method: 'client_secret_post',
    }));
  });
  after(() => fixture.close());

  const byHeader = (authorization: string, form: Record<string, string> = {}) =>
    fixture.server.token(formRequest({ ...grant, ...form }, { authorization }));
  const byBody = (form: Record<string, string>) => fixture.server.token(formRequest({ ...grant, ...form }));
  const lastCode = () => fixture.refusals.at(-1)!.reason.code;

  test('client_secret_basic is accepted, in any case of the scheme, with a client_id that agrees', async () => {
    assert.equal((await byHeader(basic('header', secret))).status, 200);
    assert.equal((await byHeader(basic('header', secret).replace('Basic', 'bAsIc'))).status, 200);
    assert.equal((await byHeader(basic('header', secret), { client_id: 'header' })).status, 200);
  });

  test('client_secret_basic decodes the form-encoding of RFC 6749 §2.3.1', async () => {
    const escaped = (text: string) =>
      [...text].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
    const pair = Buffer.from(`${escaped('header')}:${escaped(secret)}`).toString('base64');
    assert.equal((await byHeader(`Basic ${pair}`)).status, 200);
  });

  test('a wrong secret in the header is 401 with a Basic challenge', async () => {
    const response = await byHeader(basic('header', 'mrt_wrong'));
    assert.equal(response.status, 401);
    assert.match(response.headers['www-authenticate']!, /^Basic realm=/);
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.equal(json(response)['error'], 'invalid_client');
    assert.equal(lastCode(), 'secret_wrong');
  });

  test('a wrong secret costs as many look-ups in the database whether or not the client exists', async () => {
    let lookUps = 0;
    const counting = await authorizationFixture({}, () => {
      lookUps += 1;
    });
    try {
      const { secret: known } = await counting.register({ ...registration, client_id: 'known' });
      const costOf = async (clientId: string, presented: string) => {
        lookUps = 0;
        await counting.server.token(formRequest(grant, { authorization: basic(clientId, presented) }));
        return lookUps;
      };
      await costOf('known', known);
      assert.equal(await costOf('known', known), 0);
      for (const clientId of ['known', 'known', 'unknown', 'unknown', 'other']) {
        assert.equal(await costOf(clientId, 'mrt_wrong'), 1, clientId);
      }
      // Also at the same moment, when look-ups of one name are one.
      for (const clientId of ['known', 'unknown']) {
        lookUps = 0;
        const authorization = basic(clientId, 'mrt_wrong');
        await Promise.all(
          Array.from({ length: 5 }, async () => counting.server.token(formRequest(grant, { authorization }))),
        );
        assert.equal(lookUps, 1, clientId);
      }
    } finally {
      await counting.close();
    }
  });

  test('an unknown client gets the very answer that a wrong secret gets', async () => {
    assert.deepEqual(await byHeader(basic('nobody', 'x')), await byHeader(basic('header', 'x')));
    assert.deepEqual(
      await byBody({ client_id: 'nobody', client_secret: 'x' }),
      await byBody({ client_id: 'body', client_secret: 'x' }),
    );
  });

  test('client_secret_post is accepted; a wrong one is 401 without a challenge', async () => {
    assert.equal((await byBody({ client_id: 'body', client_secret: posted })).status, 200);
    const response = await byBody({ client_id: 'body', client_secret: `${posted}x` });
    assert.equal(response.status, 401);
    assert.equal(response.headers['www-authenticate'], undefined);
  });

  test('a right secret by the method that is not registered is refused', async () => {
    assert.equal((await byBody({ client_id: 'header', client_secret: secret })).status, 401);
    assert.equal(lastCode(), 'method_not_registered');
    assert.equal((await byHeader(basic('body', posted))).status, 401);
    assert.equal(lastCode(), 'method_not_registered');
  });

  test("another client's secret is refused", async () => {
    const { secret: others } = await fixture.register({ ...registration, client_id: 'others' });
    assert.equal((await byHeader(basic('header', others))).status, 401);
  });

  test('several secrets overlap until each ends', async () => {
    const expiresAt = fixture.now + 60_000;
    const { clientSecret: second } = await fixture.clients.addSecret({
      clientId: 'header',
      expiresAt,
      actor: 'system',
    });
    assert.equal((await byHeader(basic('header', secret))).status, 200);
    assert.equal((await byHeader(basic('header', second))).status, 200);
    fixture.now = expiresAt;
    assert.equal((await byHeader(basic('header', secret))).status, 200);
    assert.equal((await byHeader(basic('header', second))).status, 401);
  });

  test('a revoked secret is refused', async () => {
    const { clientSecret, credentialId } = await fixture.clients.addSecret({
      clientId: 'header',
      actor: 'system',
    });
    assert.equal((await byHeader(basic('header', clientSecret))).status, 200);
    await fixture.revocation.revokeCredential('header', credentialId, { actor: 'system' });
    assert.equal((await byHeader(basic('header', clientSecret))).status, 401);
  });

  test('during a move both methods work until the end date, and then only the new one', async () => {
    const { secret: moving } = await fixture.register({ ...registration, client_id: 'moving' });
    const until = fixture.now + 3_600_000;
    await fixture.clients.update({
      clientId: 'moving',
      changes: {
        token_endpoint_auth_method: 'client_secret_post',
        previous_token_endpoint_auth_method_expires_at: Math.floor(until / 1000),
      },
      actor: 'system',
    });
    assert.equal((await byHeader(basic('moving', moving))).status, 200);
    assert.equal((await byBody({ client_id: 'moving', client_secret: moving })).status, 200);
    fixture.now = until + 1000;
    assert.equal((await byHeader(basic('moving', moving))).status, 401);
    assert.equal((await byBody({ client_id: 'moving', client_secret: moving })).status, 200);
  });

  test('two secrets in one request are invalid_request', async () => {
    const response = await byHeader(basic('header', secret), { client_id: 'header', client_secret: secret });
    assert.equal(response.status, 400);
    assert.equal(json(response)['error'], 'invalid_request');
    assert.equal(lastCode(), 'several_credentials');
  });

  test('a repeated Authorization header is invalid_request', async () => {
    const authorization = basic('header', secret);
    const request = formRequest(grant, { authorization });
    const response = await fixture.server.token({
      ...request,
      rawHeaders: [...request.rawHeaders, 'AUTHORIZATION', authorization],
    });
    assert.equal(json(response)['error'], 'invalid_request');
    assert.equal(lastCode(), 'authorization_repeated');
  });

  test('a client_id beside the header that names another client is invalid_request', async () => {
    const response = await byHeader(basic('header', secret), { client_id: 'body' });
    assert.equal(json(response)['error'], 'invalid_request');
    assert.equal(lastCode(), 'client_id_mismatch');
  });

  for (const [what, authorization] of [
    ['not base64', 'Basic ???'],
    ['without a colon', `Basic ${Buffer.from('header').toString('base64')}`],
    ['bad percent-encoding', `Basic ${Buffer.from('header:%zz').toString('base64')}`],
    ['not UTF-8', `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`],
    ['with NUL', `Basic ${Buffer.from('header:%00').toString('base64')}`],
    ['without an id', `Basic ${Buffer.from(':secret').toString('base64')}`],
    ['empty', 'Basic'],
    ['without a scheme', '\u00e9'],
  ]) {
    test(`an Authorization header ${what} is invalid_request`, async () => {
      const response = await byHeader(authorization!);
      assert.equal(response.status, 400);
      assert.equal(json(response)['error'], 'invalid_request');
    });
  }

  test('an unsupported scheme is invalid_client with a challenge', async () => {
    const response = await byHeader('Bearer abc');
    assert.equal(response.status, 401);
    assert.match(response.headers['www-authenticate']!, /^Basic /);
    assert.equal(lastCode(), 'authorization_scheme_unsupported');
  });

  test('no credential at all is invalid_client', async () => {
    for (const form of [{}, { client_id: 'header' }] as Record<string, string>[]) {
      const response = await byBody(form);
      assert.equal(response.status, 401);
      assert.equal(json(response)['error'], 'invalid_client');
      assert.equal(lastCode(), 'credential_missing');
    }
  });

  test('a secret without client_id is invalid_request', async () => {
    assert.equal(json(await byBody({ client_secret: posted }))['error'], 'invalid_request');
  });

  test('neither secret nor hash stands in the log', async () => {
    await byHeader(basic('header', 'mrt_not-for-the-log'));
    await byBody({ client_id: 'body', client_secret: 'mrt_not-for-the-log' });
    assert.doesNotMatch(JSON.stringify(fixture.refusals), /not-for-the-log/);
  });
});
