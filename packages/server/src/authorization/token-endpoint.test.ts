import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  claimsOf,
  formRequest,
  issuer,
  json,
  orders,
  payments,
} from './testing/authorization-fixture.ts';

const grant = { grant_type: 'client_credentials' };

describe('the token endpoint', () => {
  let fixture: AuthorizationFixture;
  let secret: string;

  before(async () => {
    fixture = await authorizationFixture();
    ({ secret } = await fixture.register({
      client_id: 'billing',
      scope: 'payments:read payments:write',
      default_scope: 'payments:read',
      resources: [payments],
    }));
  });
  after(() => fixture.close());

  const ask = (form: Record<string, string> | string, authorization = basic('billing', secret)) =>
    fixture.server.token(formRequest(form, { authorization }));

  test('answers with a bearer token of RFC 9068 for the scope that was asked for', async () => {
    const response = await ask({ ...grant, scope: 'payments:write' });
    assert.equal(response.status, 200);
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.equal(response.headers['pragma'], 'no-cache');
    assert.equal(response.headers['content-type'], 'application/json');
    const body = json(response);
    assert.deepEqual(Object.keys(body), ['access_token', 'token_type', 'expires_in', 'scope']);
    assert.equal(body['token_type'], 'Bearer');
    assert.equal(body['expires_in'], 600);
    assert.equal(body['scope'], 'payments:write');
    const { iss, sub, client_id, aud, exp, iat, jti, scope, cnf } = claimsOf(response);
    assert.deepEqual(
      [iss, sub, client_id, aud, scope],
      [issuer, 'billing', 'billing', payments, 'payments:write'],
    );
    assert.equal(iat, Math.floor(fixture.now / 1000));
    assert.equal(exp, Math.floor(fixture.now / 1000) + 600);
    assert.match(String(jti), /^[A-Za-z0-9_-]{20,}$/);
    assert.equal(cnf, undefined);
    const header = JSON.parse(
      Buffer.from(String(body['access_token']).split('.')[0]!, 'base64url').toString(),
    );
    assert.equal(header.typ, 'at+jwt');
    assert.equal(header.alg, 'ES256');
  });

  test('gives the default scope where none is asked for', async () => {
    assert.equal(json(await ask(grant))['scope'], 'payments:read');
  });

  test('gives several scopes, each once, and never more than asked for', async () => {
    const response = await ask({ ...grant, scope: 'payments:write payments:read payments:write' });
    assert.equal(json(response)['scope'], 'payments:write payments:read');
  });

  test('compares scopes in the case of their letters, in any order', async () => {
    const upper = await ask({ ...grant, scope: 'PAYMENTS:READ' });
    assert.equal(json(upper)['error'], 'invalid_scope');
    const turned = await ask({ ...grant, scope: 'payments:write payments:read' });
    assert.equal(turned.status, 200);
  });

  test('refuses a scope that the client does not have, as invalid_scope', async () => {
    const response = await ask({ ...grant, scope: 'payments:read payments:delete' });
    assert.equal(response.status, 400);
    assert.equal(json(response)['error'], 'invalid_scope');
    const { reason } = fixture.refusals.at(-1)!;
    assert.deepEqual(reason, {
      code: 'scope_not_granted',
      presented: 'payments:delete',
      by: 'client',
      granted: ['payments:read', 'payments:write'],
    });
  });

  for (const scope of ['payments:read  payments:write', ' payments:read', 'payments:"read"', 'a\\b', 'é']) {
    test(`refuses the malformed scope ${JSON.stringify(scope)}`, async () => {
      const response = await ask({ ...grant, scope });
      assert.equal(response.status, 400);
      assert.equal(json(response)['error'], 'invalid_scope');
    });
  }

  test('ignores parameters that it does not know (RFC 6749 §3.2)', async () => {
    assert.equal((await ask({ ...grant, vendor: 'x' })).status, 200);
  });

  test('treats a parameter without a value as omitted', async () => {
    assert.equal(json(await ask('grant_type=client_credentials&scope=&resource='))['scope'], 'payments:read');
    const response = await ask('grant_type=');
    assert.equal(json(response)['error'], 'invalid_request');
  });

  test('refuses other grants as unsupported_grant_type, but only to a client that has authenticated', async () => {
    for (const grantType of ['password', 'authorization_code', 'Client_Credentials', '__proto__']) {
      const response = await ask({ grant_type: grantType });
      assert.equal(response.status, 400);
      assert.equal(json(response)['error'], 'unsupported_grant_type');
    }
    const response = await ask({ grant_type: 'password' }, basic('billing', 'wrong'));
    assert.equal(json(response)['error'], 'invalid_client');
  });

  test('refuses a request without grant_type', async () => {
    const response = await ask({ scope: 'payments:read' });
    assert.equal(response.status, 400);
    assert.equal(json(response)['error'], 'invalid_request');
  });

  test('takes the shorter lifetime of client and resource', async () => {
    await fixture.clients.update({
      clientId: 'billing',
      changes: { access_token_lifetime_seconds: 120 },
      actor: 'system',
    });
    assert.equal(json(await ask(grant))['expires_in'], 120);
    await fixture.resources.update({
      identifier: payments,
      changes: { access_token_lifetime_seconds: 60 },
      actor: 'system',
    });
    assert.equal(json(await ask(grant))['expires_in'], 60);
    await fixture.clients.update({
      clientId: 'billing',
      changes: { access_token_lifetime_seconds: null },
      actor: 'system',
    });
    assert.equal(json(await ask(grant))['expires_in'], 60);
    await fixture.resources.update({
      identifier: payments,
      changes: { access_token_lifetime_seconds: null },
      actor: 'system',
    });
  });

  for (const [algorithm, header] of [
    ['EdDSA', 'EdDSA'],
    ['RS256', 'RS256'],
    ['PS256', 'PS256'],
  ] as const) {
    test(`signs with ${algorithm} where the resource wants it`, async () => {
      const resource = `https://${algorithm.toLowerCase()}.example`;
      await fixture.resources.create({
        metadata: { resource, scopes_supported: ['x'], signing_algorithm: algorithm },
        actor: 'system',
      });
      const client = await fixture.register({ scope: 'x', default_scope: 'x', resources: [resource] });
      const response = await ask(grant, basic(client.client.clientId, client.secret));
      const token = String(json(response)['access_token']);
      assert.equal(JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).alg, header);
      assert.equal(fixture.accessTokens.verify(token).valid, true);
    });
  }

  test('puts the id of the credential and the epoch of the client into the token, and counts the use', async () => {
    const claims = claimsOf(await ask(grant));
    const client = await fixture.clients.find('billing');
    assert.deepEqual(claims['mortise'], {
      epoch: client!.epoch,
      credentials: [client!.credentials[0]!.id],
      authorities: [],
    });
    await fixture.credentialUse.flush();
    assert.equal((await fixture.clients.read('billing'))!.credentials[0]!.lastUsedAt, fixture.now);
  });

  describe('with several resources', () => {
    let both: string;
    before(async () => {
      both = (
        await fixture.register({
          client_id: 'both',
          scope: 'payments:read payments:write orders:read',
          resources: [payments, orders],
        })
      ).secret;
    });
    const askBoth = (form: string) => ask(form, basic('both', both));
    const encoded = (uri: string) => `resource=${encodeURIComponent(uri)}`;

    test('gives the token for the one that is named', async () => {
      const form = `grant_type=client_credentials&scope=orders:read&${encoded(orders)}`;
      assert.equal(claimsOf(await askBoth(form))['aud'], orders);
    });

    test('counts a resource that is named twice once', async () => {
      const form = `grant_type=client_credentials&scope=orders:read&${encoded(orders)}&${encoded(orders)}`;
      assert.equal(claimsOf(await askBoth(form))['aud'], orders);
    });

    test('infers the one that offers the whole scope where none is named', async () => {
      const response = await askBoth('grant_type=client_credentials&scope=payments:read+payments:write');
      assert.equal(claimsOf(response)['aud'], payments);
    });

    for (const [form, code] of [
      [`${encoded(payments)}&${encoded(orders)}&scope=orders:read`, 'several_resources'],
      [encoded('https://unknown.example'), 'resource_unknown'],
      [encoded('not a uri'), 'resource_malformed'],
      [encoded(`${orders}#fragment`), 'resource_malformed'],
      ['', 'resource_required'],
    ] as const) {
      test(`refuses "${form}" as invalid_target (${code})`, async () => {
        const response = await askBoth(`grant_type=client_credentials&${form}`);
        assert.equal(response.status, 400);
        assert.equal(json(response)['error'], 'invalid_target');
        assert.equal(fixture.refusals.at(-1)!.reason.code, code);
      });
    }

    for (const [scope, code] of [
      ['payments:read+orders:read', 'scope_of_several_resources'],
      ['no:such', 'scope_not_granted'],
      ['payments:read+no:such', 'scope_not_granted'],
    ] as const) {
      test(`refuses the scope "${scope}" where no resource is named as invalid_scope (${code})`, async () => {
        const response = await askBoth(`grant_type=client_credentials&scope=${scope}`);
        assert.equal(response.status, 400);
        assert.equal(json(response)['error'], 'invalid_scope');
        assert.equal(fixture.refusals.at(-1)!.reason.code, code);
      });
    }

    test('refuses the scope of one resource for the other', async () => {
      const response = await askBoth(`grant_type=client_credentials&scope=orders:read&${encoded(payments)}`);
      assert.equal(json(response)['error'], 'invalid_scope');
    });

    test("refuses another client's resource with the words for one that does not exist", async () => {
      const granted = await ask(`${'grant_type=client_credentials'}&${encoded(orders)}`);
      const unknown = await ask(`${'grant_type=client_credentials'}&${encoded('https://unknown.example')}`);
      assert.deepEqual(granted, unknown);
      assert.equal(fixture.refusals.at(-2)!.reason.code, 'resource_not_granted');
    });

    test('refuses a client without a default scope that names none', async () => {
      const response = await askBoth(`grant_type=client_credentials&${encoded(orders)}`);
      assert.equal(json(response)['error'], 'invalid_scope');
    });
  });

  test('follows a change of the client at once', async () => {
    const { client, secret: own } = await fixture.register({
      scope: 'orders:read',
      default_scope: 'orders:read',
    });
    const authorization = basic(client.clientId, own);
    assert.equal((await ask(grant, authorization)).status, 200);
    await fixture.clients.update({
      clientId: client.clientId,
      changes: { scope: '', default_scope: null },
      actor: 'system',
    });
    assert.equal(
      json(await ask({ ...grant, scope: 'orders:read' }, authorization))['error'],
      'invalid_scope',
    );
  });

  test('refuses suspended and revoked clients as invalid_client, and lets a resumed one in again', async () => {
    const { client, secret: own } = await fixture.register({
      scope: 'orders:read',
      default_scope: 'orders:read',
    });
    const authorization = basic(client.clientId, own);
    const by = { actor: 'system' } as const;
    await fixture.revocation.suspendClient(client.clientId, by);
    assert.equal((await ask(grant, authorization)).status, 401);
    assert.equal(fixture.refusals.at(-1)!.reason.code, 'client_inactive');
    await fixture.revocation.resumeClient(client.clientId, by);
    const response = await ask(grant, authorization);
    assert.equal(response.status, 200);
    assert.equal((claimsOf(response)['mortise'] as { epoch: number }).epoch, client.epoch + 1);
    await fixture.revocation.revokeClient(client.clientId, by);
    assert.equal((await ask(grant, authorization)).status, 401);
  });
});

test('a server whose denylist is too old mints nothing and introspects nothing', async () => {
  let stale = false;
  const fixture = await authorizationFixture();
  const { secret } = await fixture.register({
    client_id: 'a',
    scope: 'orders:read',
    default_scope: 'orders:read',
  });
  const isStale = fixture.revocation.isStale;
  fixture.revocation.isStale = () => stale || isStale.call(fixture.revocation);
  const request = formRequest(grant, { authorization: basic('a', secret) });
  assert.equal((await fixture.server.token(request)).status, 200);
  stale = true;
  for (const response of [await fixture.server.token(request), await fixture.server.introspect(request)]) {
    assert.equal(response.status, 503);
    assert.equal(json(response)['error'], 'temporarily_unavailable');
    assert.equal(response.headers['retry-after'], '1');
  }
  await fixture.close();
});

test('a server whose database is away asks to try again and says in the log why', async () => {
  const fixture = await authorizationFixture({
    clients: {
      peek: () => undefined,
      find: () => Promise.reject(Object.assign(new Error('connection lost'), { code: 'unreachable' })),
      byCertificate: async () => undefined,
    },
  });
  const response = await fixture.server.token(formRequest(grant, { authorization: basic('a', 'b') }));
  assert.equal(response.status, 503);
  assert.equal(json(response)['error'], 'temporarily_unavailable');
  assert.doesNotMatch(response.body, /unreachable/);
  assert.deepEqual(fixture.refusals.at(-1)!.reason, { code: 'unavailable', problem: 'unreachable' });
  await fixture.close();
});
