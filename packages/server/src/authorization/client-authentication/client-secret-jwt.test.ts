import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  ecKeyPair,
  formRequest,
  orders,
} from '../testing/authorization-fixture.ts';
import { assertion, assertionRequests, type Signing, signers } from '../testing/client-assertions.ts';

const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };

describe('client_secret_jwt', () => {
  let fixture: AuthorizationFixture;
  let secret: string;

  before(async () => {
    fixture = await authorizationFixture();
    ({ secret } = await fixture.register({
      ...registration,
      client_id: 'mac',
      token_endpoint_auth_method: 'client_secret_jwt',
    }));
  });
  after(() => fixture.close());

  const { claims, ask, lastReason, refusedAs } = assertionRequests(() => fixture);

  test('client_secret_jwt is accepted with the whole secret, once', async () => {
    const mac: Signing = (input) => createHmac('sha256', secret).update(input).digest();
    const compact = assertion({ alg: 'HS256' }, claims({}, 'mac'), mac);
    assert.equal((await ask(compact)).status, 200);
    await refusedAs('assertion_replayed', compact);
  });

  test('client_secret_jwt with a wrong secret, or a wider hash, is refused', async () => {
    const wrong: Signing = (input) => createHmac('sha256', `${secret}x`).update(input).digest();
    await refusedAs('assertion_signature_invalid', assertion({ alg: 'HS256' }, claims({}, 'mac'), wrong));
    const wide: Signing = (input) => createHmac('sha512', secret).update(input).digest();
    await refusedAs('assertion_algorithm_refused', assertion({ alg: 'HS512' }, claims({}, 'mac'), wide));
  });

  test('a secret made for client_secret_jwt is accepted by no other method', async () => {
    const request = formRequest(
      { grant_type: 'client_credentials' },
      { authorization: basic('mac', secret) },
    );
    assert.equal((await fixture.server.token(request)).status, 401);
    assert.equal(lastReason().code, 'method_not_registered');
  });

  test('a private key does not authenticate a client of client_secret_jwt', async () => {
    await refusedAs(
      'assertion_algorithm_refused',
      assertion({ alg: 'ES256' }, claims({}, 'mac'), signers['ES256']!(ecKeyPair().privateKey)),
    );
  });
});
