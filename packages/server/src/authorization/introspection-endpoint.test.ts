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
  presented,
} from './testing/authorization-fixture.ts';

const by = { actor: 'system' } as const;

describe('introspection', () => {
  let fixture: AuthorizationFixture;
  let ownSecret: string;
  let apiSecret: string;

  before(async () => {
    fixture = await authorizationFixture();
    ({ secret: ownSecret } = await fixture.register({
      client_id: 'billing',
      scope: 'payments:write orders:read',
      default_scope: 'payments:write',
      resources: [payments, orders],
    }));
    ({ clientSecret: apiSecret } = await fixture.clients.addSecret({ clientId: 'payments-api', ...by }));
  });
  after(() => fixture.close());

  const tokenFor = async (resource = payments, certificate?: ReturnType<typeof presented>) => {
    const scope = resource === payments ? 'payments:write' : 'orders:read';
    const response = await fixture.server.token(
      formRequest(
        { grant_type: 'client_credentials', resource, scope },
        { authorization: basic('billing', ownSecret), certificate },
      ),
    );
    return { token: String(json(response)['access_token']), claims: claimsOf(response) };
  };
  const introspect = (form: Record<string, string>, authorization = basic('payments-api', apiSecret)) =>
    fixture.server.introspect(formRequest(form, { authorization }));
  const isActive = async (token: string) => json(await introspect({ token }))['active'];

  test('tells the resource server of a live token all about it', async () => {
    const { token, claims } = await tokenFor();
    const response = await introspect({ token, token_type_hint: 'access_token' });
    assert.equal(response.status, 200);
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.deepEqual(json(response), {
      active: true,
      scope: 'payments:write',
      client_id: 'billing',
      token_type: 'Bearer',
      exp: claims['exp'],
      iat: claims['iat'],
      sub: 'billing',
      aud: payments,
      iss: issuer,
      jti: claims['jti'],
    });
  });

  test('tells the binding of a bound token', async () => {
    const { certificate } = await fixture.issue('billing');
    const { token } = await tokenFor(payments, presented(certificate));
    assert.deepEqual(json(await introspect({ token }))['cnf'], { 'x5t#S256': certificate.thumbprint });
  });

  test('an unknown hint changes nothing', async () => {
    const { token } = await tokenFor();
    assert.equal(json(await introspect({ token, token_type_hint: 'refresh_token' }))['active'], true);
    assert.equal(json(await introspect({ token, token_type_hint: 'no such' }))['active'], true);
  });

  test('tells nothing but active:false to whoever is not a resource server of that resource', async () => {
    const inactive = '{"active":false}';
    const elsewhere = await tokenFor(orders);
    assert.equal((await introspect({ token: elsewhere.token })).body, inactive);
    const { token } = await tokenFor();
    assert.equal(
      (await introspect({ token }, basic('billing', ownSecret))).body,
      inactive,
      'not even its own client',
    );
  });

  test('tells nothing but active:false of what is no token of this server', async () => {
    const { token } = await tokenFor();
    const [header, claims, signature] = token.split('.') as [string, string, string];
    const other = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), scope: 'all' }),
    );
    for (const wrong of [
      'x',
      `${header}.${other.toString('base64url')}.${signature}`,
      `${token}x`,
      `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`,
      'x'.repeat(20_000),
    ]) {
      const response = await introspect({ token: wrong });
      assert.equal(response.status, 200);
      assert.equal(response.body, '{"active":false}');
    }
  });

  test('is active:false from the second in which the token expires', async () => {
    const { token, claims } = await tokenFor();
    const earlier = fixture.now;
    fixture.now = (claims['exp'] as number) * 1000 - 1;
    assert.equal(await isActive(token), true);
    fixture.now += 1;
    assert.equal(await isActive(token), false);
    fixture.now = earlier;
  });

  test('is active:false at once for whatever was revoked: token, credential, certificate, key, client', async () => {
    const { client, secret } = await fixture.register({
      client_id: 'doomed',
      scope: 'payments:read',
      default_scope: 'payments:read',
    });
    let authorization = basic('doomed', secret);
    const { certificate } = await fixture.issue('doomed');
    const ask = async (bound = false) => {
      const response = await fixture.server.token(
        formRequest(
          { grant_type: 'client_credentials' },
          { authorization, ...(bound ? { certificate: presented(certificate) } : {}) },
        ),
      );
      return { token: String(json(response)['access_token']), claims: claimsOf(response) };
    };
    const ended = async (token: string, act: () => Promise<unknown>) => {
      assert.equal(await isActive(token), true);
      await act();
      assert.equal(await isActive(token), false);
    };

    const [first, second] = [await ask(), await ask()];
    await ended(first.token, () =>
      fixture.revocation.revokeToken(
        {
          tokenId: String(first.claims['jti']),
          clientId: 'doomed',
          expiresAt: Number(first.claims['exp']) * 1000,
        },
        by,
      ),
    );
    assert.equal(await isActive(second.token), true);

    const { token: bound } = await ask(true);
    const { fingerprint256 } = certificate;
    await ended(bound, () => fixture.revocation.revokeCertificate({ fingerprint256 }, by));
    assert.equal(await isActive(second.token), true);

    const { clientSecret: later } = await fixture.clients.addSecret({ clientId: 'doomed', ...by });
    await ended(second.token, () =>
      fixture.revocation.revokeCredential('doomed', client.credentials[0]!.id, by),
    );

    authorization = basic('doomed', later);
    const third = await ask();
    await ended(third.token, () => fixture.revocation.suspendClient('doomed', by));
    await fixture.revocation.resumeClient('doomed', by);
    assert.equal(await isActive(third.token), false, 'resuming does not wake the tokens from before');

    const fourth = await ask();
    await ended(fourth.token, () => fixture.revocation.revokeClient('doomed', by));

    const { token } = await tokenFor();
    const [kid] = fixture.signingKeys.list().map((key) => key.kid);
    await ended(token, () => fixture.revocation.revokeKey(kid!, by));
    assert.equal(await isActive((await tokenFor()).token), true, 'another key signs now');
  });

  test('is active:false for a bound token whose authority was revoked', async () => {
    const { certificate } = await fixture.issue('billing');
    const { token } = await tokenFor(payments, presented(certificate));
    assert.equal(await isActive(token), true);
    await fixture.revocation.revokeAuthority(fixture.authority.anchors()[0]!.id, by);
    assert.equal(await isActive(token), false);
  });

  test('needs client authentication and a token', async () => {
    const { token } = await tokenFor();
    assert.equal((await fixture.server.introspect(formRequest({ token }))).status, 401);
    assert.equal((await introspect({ token }, basic('payments-api', 'wrong'))).status, 401);
    const response = await introspect({});
    assert.equal(response.status, 400);
    assert.equal(json(response)['error'], 'invalid_request');
  });
});
