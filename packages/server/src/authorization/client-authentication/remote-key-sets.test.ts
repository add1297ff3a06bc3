import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  ecKeyPair,
  formRequest,
  json,
  orders,
  payments,
} from '../testing/authorization-fixture.ts';
import { assertion, assertionRequests, signers } from '../testing/client-assertions.ts';

const registration = {
  scope: 'orders:read payments:read',
  default_scope: 'orders:read',
  resources: [orders, payments],
};

describe('keys behind jwks_uri', () => {
  let fixture: AuthorizationFixture;
  const keys = ecKeyPair();
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'one' };
  const uri = 'https://keys.example/jwks.json';
  const other = ecKeyPair();
  const otherJwk = { ...other.publicKey.export({ format: 'jwk' }), kid: 'two' };

  before(async () => {
    fixture = await authorizationFixture();
    await fixture.register({
      ...registration,
      client_id: 'remote',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: uri,
    });
  });
  after(() => fixture.close());

  const { claims, ask, refusedAs } = assertionRequests(() => fixture);
  const compact = (kid: string, key = keys) =>
    assertion({ alg: 'ES256', kid }, claims({}, 'remote'), signers['ES256']!(key.privateKey));
  const requests = () => fixture.fetched.filter((url) => url === uri).length;

  test('the set is fetched once, then asked for an unknown kid after the cool-down, and outlives an outage', async () => {
    await refusedAs('keys_unavailable', compact('one'));
    assert.equal(requests(), 1);
    fixture.documents.set(uri, { keys: [{ ...jwk, use: 'sig' }, { kty: 'oct', k: 'x' }, null, 'x'] });
    await refusedAs('keys_unavailable', compact('one'));
    assert.equal(requests(), 1, 'the cool-down holds after a failure');
    fixture.now += 30_000;
    assert.equal((await ask(compact('one'))).status, 200);
    assert.equal((await ask(compact('one'))).status, 200);
    assert.equal(requests(), 2);

    fixture.documents.set(uri, { keys: [jwk, otherJwk] });
    await refusedAs('assertion_key_unknown', compact('two', other));
    assert.equal(requests(), 2, 'unknown keys do not make the server ask at will');
    fixture.now += 30_000;
    assert.equal((await ask(compact('two', other))).status, 200);
    assert.equal(requests(), 3);

    fixture.documents.delete(uri);
    fixture.now += 601_000;
    assert.equal(
      (await ask(compact('two', other))).status,
      200,
      'the last good set serves while the URL is away',
    );
    fixture.now += 3_600_000;
    await refusedAs('keys_unavailable', compact('two', other));
  });

  test('a key that is gone from the set authenticates no more once the set is read again', async () => {
    fixture.documents.set(uri, { keys: [otherJwk] });
    fixture.now += 3_600_000;
    await refusedAs('assertion_key_unknown', compact('one'));
    assert.equal((await ask(compact('two', other))).status, 200);
  });

  test('many assertions at once make one request', async () => {
    fixture.now += 3_600_000;
    const before = requests();
    await Promise.all(Array.from({ length: 5 }, () => ask(compact('two', other))));
    assert.equal(requests(), before + 1);
  });

  test('a key of the set is revoked by its thumbprint: its tokens are dead, it authenticates no more, others do', async () => {
    fixture.documents.set(uri, { keys: [jwk, otherJwk] });
    fixture.now += 3_600_000;
    const { clientSecret } = await fixture.clients.addSecret({ clientId: 'payments-api', actor: 'system' });
    const isActive = async (token: unknown): Promise<unknown> =>
      json(
        await fixture.server.introspect(
          formRequest({ token: String(token) }, { authorization: basic('payments-api', clientSecret) }),
        ),
      )['active'];
    const form = { resource: payments, scope: 'payments:read' };
    const answers = [await ask(compact('one'), form), await ask(compact('two', other), form)];
    const [dead, alive] = answers.map((answer) => json(answer)['access_token']);
    const again = json(await ask(compact('one'), form))['access_token'];
    assert.deepEqual(
      [await isActive(dead), await isActive(again), await isActive(alive)],
      [true, true, true],
    );
    const thumbprint = await calculateJwkThumbprint(jwk);
    await fixture.revocation.revokeCredential('remote', thumbprint, { actor: 'system' });
    assert.deepEqual(
      [await isActive(dead), await isActive(again), await isActive(alive)],
      [false, false, true],
    );
    fixture.now += 100 * 86_400_000;
    await fixture.revocation.prune();
    await refusedAs('denylisted', compact('one'));
    assert.equal((await ask(compact('two', other))).status, 200);
  });

  test('a revoked key does not come back by the way from jwks to jwks_uri, nor by the way back', async () => {
    const mover = ecKeyPair();
    const key = mover.publicKey.export({ format: 'jwk' }) as Record<string, string>;
    const kept = otherJwk as Record<string, string>;
    const by = { actor: 'system' } as const;
    const register = (clientId: string, keys: object) =>
      fixture.register({
        ...registration,
        client_id: clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        ...keys,
      });
    const signed = (clientId: string) =>
      assertion({ alg: 'ES256' }, claims({}, clientId), signers['ES256']!(mover.privateKey));
    const move = (clientId: string, changes: object) =>
      fixture.clients.update({ clientId, changes: changes as never, ...by });
    const thumbprint = await calculateJwkThumbprint(key);
    fixture.documents.set('https://keys.example/moved', { keys: [key] });

    const { client } = await register('there', { jwks: { keys: [key, kept] } });
    const credential = client.credentials.find((one) => one.kind === 'key' && one.thumbprint === thumbprint)!;
    assert.equal((await ask(signed('there'))).status, 200);
    await fixture.revocation.revokeCredential('there', credential.id, by);
    fixture.now += 100 * 86_400_000;
    await fixture.revocation.prune();
    await move('there', { jwks_uri: 'https://keys.example/moved' });
    await refusedAs('denylisted', signed('there'));

    await register('back', { jwks_uri: 'https://keys.example/moved' });
    assert.equal((await ask(signed('back'))).status, 200);
    await fixture.revocation.revokeCredential('back', thumbprint, by);
    await move('back', { jwks: { keys: [key] } });
    await refusedAs('denylisted', signed('back'));
  });

  test('a document that is no JWK set is refused', async () => {
    fixture.now += 7_200_000;
    fixture.documents.set(uri, { keys: 'none' });
    await refusedAs('keys_unavailable', compact('two', other));
  });
});
