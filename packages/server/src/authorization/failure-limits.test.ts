import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FailureLimits } from './failure-limits.ts';
import { authorizationFixture, basic, formRequest, json } from './testing/authorization-fixture.ts';

const tight = {
  perAddress: { failures: 5, windowSeconds: 60 },
  perClientAndAddress: { failures: 3, windowSeconds: 60 },
};

describe('failure limits', () => {
  test('count by client and address, and say how long to wait', () => {
    const limits = new FailureLimits(tight);
    for (let failure = 0; failure < 3; failure++)
      assert.equal(limits.failed('192.0.2.1', 'a', 1_000), undefined);
    assert.deepEqual(limits.failed('192.0.2.1', 'a', 2_000), { retryAfterSeconds: 59, first: true });
    assert.deepEqual(limits.failed('192.0.2.1', 'a', 60_999), { retryAfterSeconds: 1, first: false });
    assert.equal(limits.failed('192.0.2.1', 'a', 61_000), undefined, 'a new window');
    assert.equal(limits.failed('192.0.2.2', 'a', 2_000), undefined, 'another address');
  });

  test('count by address over all clients', () => {
    const limits = new FailureLimits(tight);
    for (const client of ['a', 'b', 'c', undefined, 'e']) {
      assert.equal(limits.failed('192.0.2.1', client, 0), undefined);
    }
    assert.equal(limits.failed('192.0.2.1', 'f', 0)?.first, true);
    assert.equal(limits.failed('192.0.2.9', 'f', 0), undefined);
  });

  test('take an IPv6 /64 for one address, and a mapped IPv4 address for what it is', () => {
    const limits = new FailureLimits({ ...tight, perAddress: { failures: 1, windowSeconds: 60 } });
    assert.equal(limits.failed('2001:db8::1', 'a', 0), undefined);
    assert.notEqual(limits.failed('2001:db8::ffff:1', 'b', 0), undefined);
    assert.equal(limits.failed('2001:db8:0:1::1', 'c', 0), undefined);
    assert.equal(limits.failed('::ffff:192.0.2.1', 'a', 0), undefined);
    assert.notEqual(limits.failed('192.0.2.1', 'b', 0), undefined);
    assert.equal(limits.failed('::ffff:192.0.2.2', 'c', 0), undefined);
    assert.equal(limits.failed('fe80::1%eth0', 'd', 0), undefined);
    assert.notEqual(limits.failed('fe80::2%eth1', 'd', 0), undefined);
    assert.equal(limits.failed('', 'd', 0), undefined);
  });

  test('forget the oldest address rather than grow', () => {
    const limits = new FailureLimits({
      ...tight,
      perAddress: { failures: 1, windowSeconds: 60 },
      capacity: 2,
    });
    limits.failed('192.0.2.1', undefined, 0);
    limits.failed('192.0.2.2', undefined, 0);
    limits.failed('192.0.2.3', undefined, 0);
    assert.equal(limits.failed('192.0.2.1', undefined, 0), undefined);
  });
});

test('repeated failures get 429 with Retry-After, known client or not; a right credential always passes', async () => {
  const fixture = await authorizationFixture({ failureLimits: tight });
  const { secret } = await fixture.register({
    client_id: 'a',
    scope: 'orders:read',
    default_scope: 'orders:read',
  });
  const ask = (clientId: string, given: string, remoteAddress: string) =>
    fixture.server.token(
      formRequest(
        { grant_type: 'client_credentials' },
        { authorization: basic(clientId, given), remoteAddress },
      ),
    );
  for (const clientId of ['a', 'nobody']) {
    const address = clientId === 'a' ? '192.0.2.1' : '192.0.2.2';
    for (let failure = 0; failure < 3; failure++)
      assert.equal((await ask(clientId, 'x', address)).status, 401);
    const limited = await ask(clientId, 'x', address);
    assert.equal(limited.status, 429);
    assert.equal(limited.headers['retry-after'], '60');
    assert.equal(json(limited)['error'], 'invalid_client');
    const { reason } = fixture.refusals.at(-1)!;
    assert.equal(
      reason.code === 'failure_limit' && reason.cause.code,
      clientId === 'a' ? 'secret_wrong' : 'client_unknown',
    );
  }
  const logged = fixture.refusals.length;
  for (let failure = 0; failure < 20; failure++) await ask('a', 'x', '192.0.2.1');
  assert.equal(fixture.refusals.length - logged, 1, 'the log says once that a limit was reached');
  assert.equal((await ask('a', secret, '192.0.2.1')).status, 200);
  assert.equal((await ask('a', secret, '192.0.2.7')).status, 200);
  fixture.now += 60_000;
  assert.equal((await ask('a', 'x', '192.0.2.1')).status, 401);
  await fixture.close();
});

test('what is malformed is not counted as a failure to authenticate', async () => {
  const fixture = await authorizationFixture({ failureLimits: tight });
  for (let request = 0; request < 10; request++) {
    assert.equal((await fixture.server.token(formRequest('grant_type=%zz'))).status, 400);
  }
  await fixture.close();
});
