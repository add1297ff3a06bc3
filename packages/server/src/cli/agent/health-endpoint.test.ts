import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';
import { type AgentStatus, serveHealth } from './health-endpoint.ts';

const good: AgentStatus = {
  state: 'valid',
  fingerprint256: 'ab',
  notBefore: 1_000_000,
  notAfter: 9_000_000,
  nextRenewal: 6_000_999,
  failures: 0,
  lastError: undefined,
  lastReload: undefined,
};

test('it is 200 for a good certificate, 503 for none, one that is about to end and one that has ended', async () => {
  let status = good;
  const health = await serveHealth({ host: '127.0.0.1', port: 0 }, () => status);
  try {
    for (const [state, expected] of [
      ['valid', 200],
      ['ending', 503],
      ['ended', 503],
      ['enrolling', 503],
    ] as const) {
      status = {
        ...good,
        state,
        failures: 2,
        lastError: { at: 5_500, code: 'rateLimited', message: 'later' },
      };
      const [response] = await once(
        request(`http://${health.address}/healthz`, { agent: false }).end(),
        'response',
      );
      assert.equal(response.statusCode, expected, state);
      assert.deepEqual(await json(response), {
        state,
        fingerprint256: 'ab',
        not_before: 1000,
        not_after: 9000,
        next_renewal: 6000,
        failures: 2,
        last_error: { at: 5, code: 'rateLimited', message: 'later' },
      });
    }
  } finally {
    await health.close();
  }
});

test('an address that is taken is told', async () => {
  const health = await serveHealth({ host: '127.0.0.1', port: 0 }, () => good);
  const port = Number(health.address.split(':')[1]);
  await assert.rejects(
    serveHealth({ host: '127.0.0.1', port }, () => good),
    { code: 'address_in_use' },
  );
  await health.close();
});
