import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  formRequest,
  json,
  payments,
} from './testing/authorization-fixture.ts';

const registration = { scope: 'payments:read', default_scope: 'payments:read', resources: [payments] };

describe('revocation', () => {
  let fixture: AuthorizationFixture;
  let secret: string;
  let apiSecret: string;

  before(async () => {
    fixture = await authorizationFixture();
    ({ secret } = await fixture.register({ ...registration, client_id: 'billing' }));
    ({ clientSecret: apiSecret } = await fixture.clients.addSecret({
      clientId: 'payments-api',
      actor: 'system',
    }));
  });
  after(() => fixture.close());

  const newToken = async (clientId = 'billing', own = secret) => {
    const request = formRequest(
      { grant_type: 'client_credentials' },
      { authorization: basic(clientId, own) },
    );
    return String(json(await fixture.server.token(request))['access_token']);
  };
  const revoke = (form: Record<string, string>, authorization = basic('billing', secret)) =>
    fixture.server.revoke(formRequest(form, { authorization }));
  const isActive = async (token: string) =>
    json(
      await fixture.server.introspect(
        formRequest({ token }, { authorization: basic('payments-api', apiSecret) }),
      ),
    )['active'];

  test('ends a token of the client at once, and is 200 the second time, too', async () => {
    const [token, other] = [await newToken(), await newToken()];
    assert.equal(await isActive(token), true);
    for (const hint of ['access_token', 'refresh_token', 'unknown']) {
      const response = await revoke({ token, token_type_hint: hint });
      assert.equal(response.status, 200);
      assert.equal(response.body, '');
      assert.equal(response.headers['cache-control'], 'no-store');
    }
    assert.equal(await isActive(token), false);
    assert.equal(await isActive(other), true);
  });

  test('is 503 with Retry-After while too many tokens of the client are revoked, and the token lives (RFC 7009 §2.2.1)', async () => {
    const { secret: own } = await fixture.register({ ...registration, client_id: 'restless' });
    const token = await newToken('restless', own);
    const expiresAt = fixture.now + 3_600_000;
    const add = Array.from({ length: 10_000 }, (_, index) => ({
      kind: 'token' as const,
      id: `j${index}`,
      expiresAt,
    }));
    fixture.revocation.follower.rows.apply({ add }, 'restless');
    const response = await revoke({ token }, basic('restless', own));
    assert.equal(response.status, 503);
    assert.equal(response.headers['retry-after'], '1');
    assert.equal(await isActive(token), true);
    assert.equal((await revoke({ token: await newToken() })).status, 200);
  });

  test('is 200 for what is no token, expired, or forged', async () => {
    const token = await newToken();
    const [header, , signature] = token.split('.');
    const earlier = fixture.now;
    for (const wrong of ['x', 'a.b.c', `${header}.e30.${signature}`]) {
      assert.equal((await revoke({ token: wrong })).status, 200);
    }
    fixture.now += 700_000;
    assert.equal((await revoke({ token })).status, 200);
    fixture.now = earlier;
    assert.equal(await isActive(token), true, 'nothing was revoked');
  });

  test("does not end another client's token", async () => {
    const other = await fixture.register({ ...registration, client_id: 'other' });
    const token = await newToken('other', other.secret);
    const response = await revoke({ token });
    assert.equal(response.status, 400);
    assert.equal(json(response)['error'], 'unauthorized_client');
    assert.deepEqual(fixture.refusals.at(-1)!.reason, { code: 'token_of_another_client', owner: 'other' });
    assert.equal(await isActive(token), true);
    assert.equal(
      (await revoke({ token }, basic('payments-api', apiSecret))).status,
      400,
      'nor does a resource server',
    );
  });

  test('needs client authentication and a token', async () => {
    const token = await newToken();
    assert.equal((await fixture.server.revoke(formRequest({ token }))).status, 401);
    assert.equal((await revoke({ token }, basic('billing', 'wrong'))).status, 401);
    assert.equal(json(await revoke({}))['error'], 'invalid_request');
    assert.equal(await isActive(token), true);
  });

  test('goes on while the denylist is too old to mint by', async () => {
    const token = await newToken();
    const { isStale } = fixture.revocation;
    fixture.revocation.isStale = () => true;
    assert.equal((await revoke({ token })).status, 200);
    fixture.revocation.isStale = isStale;
    assert.equal(await isActive(token), false);
  });
});
