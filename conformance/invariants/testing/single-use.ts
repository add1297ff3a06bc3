/** The tests of invariant 7, on whatever database the houses stand on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asserting, claimsFor, es256, hs256, jws, signingKey } from './assertions.ts';
import type { House } from './house.ts';

export function singleUseTests(database: string, houses: () => readonly House[]): void {
  const key = signingKey();
  let whole = '';

  /** Requests go to the houses in turn. */
  let turn = 0;
  const next = (): House => {
    const open = houses();
    turn += 1;
    return open[turn % open.length]!;
  };

  test(`invariant 7: of one assertion at once on every listener and node exactly one is accepted (${database})`, async () => {
    const [house] = houses() as [House];
    await house.client('signer', { token_endpoint_auth_method: 'private_key_jwt', jwks: key.jwks });
    whole = await house.client('mac', { token_endpoint_auth_method: 'client_secret_jwt' });
    const { issuer } = house.ready;
    for (let round = 0; round < 4; round += 1) {
      for (const compact of [
        jws({ alg: 'ES256' }, claimsFor('signer', issuer), es256(key.privateKey)),
        jws({ alg: 'HS256' }, claimsFor('mac', issuer), hs256(whole)),
      ]) {
        const form = asserting(compact);
        const answers = await Promise.all(
          Array.from({ length: 24 }, (_, index) =>
            next().token(index % 2 === 0 ? 'public' : 'mtls', { form, localAddress: '127.0.0.1' }),
          ),
        );
        const statuses = answers.map(({ status }) => status);
        assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
        assert.ok(
          statuses.every((status) => [200, 401, 429].includes(status)),
          statuses.join(),
        );
      }
    }
  });

  test(`invariant 7: an assertion used at one endpoint is used up at the others (${database})`, async () => {
    const { issuer } = houses()[0]!.ready;
    for (const first of ['introspect', 'revoke', 'token']) {
      const form = {
        ...asserting(jws({ alg: 'ES256' }, claimsFor('signer', issuer), es256(key.privateKey))),
        token: 'x',
        grant_type: 'client_credentials',
        scope: 'payments:read',
      };
      const used = await next().send('public', `/oauth2/${first}`, { form });
      assert.equal(used.status, 200, used.text);
      for (const again of ['introspect', 'revoke', 'token']) {
        const refused = await next().send('public', `/oauth2/${again}`, { form });
        assert.ok([401, 429].includes(refused.status), `${first}, then ${again}: ${refused.status}`);
      }
    }
  });

  test(`invariant 7: a used assertion stays used after kill -9 (${database})`, async () => {
    const { issuer } = houses()[0]!.ready;
    const claims = (): object => claimsFor('signer', issuer, { exp: Math.floor(Date.now() / 1000) + 280 });
    const forms = Array.from({ length: 12 }, () =>
      asserting(jws({ alg: 'ES256' }, claims(), es256(key.privateKey))),
    );
    const used = await Promise.all(forms.map((form) => next().token('public', { form })));
    for (const { status, text } of used) assert.equal(status, 200, text);
    for (const house of houses()) await house.kill('SIGKILL');
    for (const house of houses()) await house.restart();
    for (const form of forms) {
      const { status } = await next().token('public', { form, localAddress: '127.0.0.7' });
      assert.ok([401, 429].includes(status));
    }
  });

  test(`invariant 7: what one client used is free for another, and nobody can use up what he cannot sign (${database})`, async () => {
    const [house] = houses() as [House];
    const { issuer } = house.ready;
    const jti = 'of-two-clients';
    const thief = signingKey();
    const forged = jws({ alg: 'ES256' }, claimsFor('signer', issuer, { jti }), es256(thief.privateKey));
    assert.equal((await next().token('public', { form: asserting(forged) })).status, 401);
    const mac = jws({ alg: 'HS256' }, claimsFor('mac', issuer, { jti }), hs256(whole));
    assert.equal((await next().token('public', { form: asserting(mac) })).status, 200);
    const right = jws({ alg: 'ES256' }, claimsFor('signer', issuer, { jti }), es256(key.privateKey));
    assert.equal((await next().token('public', { form: asserting(right) })).status, 200);
  });
}
