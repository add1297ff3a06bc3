import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { Household } from '../testing/household.ts';

let household: Household;
beforeEach(async () => {
  household = await Household.start();
});
afterEach(() => household.close());

test('request reads the whole answer and sends JSON', async () => {
  const client = household.client({ scope: 'mortise:admin' });
  const answer = await client.request({
    method: 'PATCH',
    url: `${household.api.url}/clients/x`,
    json: { a: 1 },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-method'], 'PATCH');
  assert.deepEqual(answer.json(), { in: true });
  assert.equal(household.api.requests[0]?.body, '{"a":1}');
  assert.equal(household.server.tokenRequests[0]?.form.get('scope'), 'mortise:admin');
  await client.request({ url: household.api.url, scope: 'mortise:read' });
  assert.equal(household.server.tokenRequests[1]?.form.get('scope'), 'mortise:read');
});

test('request without a token still presents the certificate', async () => {
  const answer = await household.client().request({ url: household.api.url, token: false });
  assert.equal(answer.status, 401);
  assert.equal(household.api.requests[0]?.token, undefined);
  assert.equal(household.api.requests[0]?.thumbprint, household.billing.thumbprint);
  assert.equal(household.server.tokenRequests.length, 0);
});

test('request refuses an answer that is too long, or no JSON', async () => {
  household.api.answers.set('/long', (_request, response) => response.end('x'.repeat(1001)));
  const client = household.client();
  await assert.rejects(client.request({ url: `${household.api.url}/long`, maxBytes: 1000 }), {
    code: 'server_response_invalid',
  });
  const answer = await client.request({ url: `${household.api.url}/long` });
  assert.throws(() => answer.json(), { code: 'server_response_invalid' });
});

test('request ends when its time is over, also while the token is on its way', async () => {
  const gate = Promise.withResolvers<void>();
  household.server.beforeToken = () => gate.promise;
  await assert.rejects(household.client().request({ url: household.api.url, timeoutSeconds: 0.05 }), {
    code: 'server_unreachable',
  });
  gate.resolve();
});

/** Shorter than any other time that is waited for here, so that waiting for one of those fails. */
const bound = { timeout: 8_000 };

test('request ends when its time is over, also while the pinned root is fetched', bound, async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  const issuer = `https://localhost:${await listen(silent)}`;
  try {
    for (const token of [undefined, false] as const) {
      const client = household.client({ issuer, anchors: { fingerprint256: '0'.repeat(64) } });
      await assert.rejects(client.request({ url: household.api.url, token, timeoutSeconds: 0.05 }), {
        code: 'server_unreachable',
        message: /did not answer in time/,
      });
    }
  } finally {
    for (const socket of sockets) socket.destroy();
    await stopListening(silent);
  }
});

test(
  'request ends when its time is over, also while the former certificate gets a token',
  bound,
  async () => {
    household.server.client.thumbprints?.push(household.renewed.thumbprint);
    const client = household.client();
    await client.token();
    await client.replaceCertificate(household.renewed);
    household.api.answers.set('/', (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    });
    const gate = Promise.withResolvers<void>();
    household.server.beforeToken = () => gate.promise;
    await assert.rejects(client.request({ url: household.api.url, timeoutSeconds: 0.2 }), {
      code: 'server_unreachable',
      message: /did not answer in time/,
    });
    assert.equal(household.api.requests.length, 1);
    gate.resolve();
  },
);

test('a call whose signal has been aborted asks nobody', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(household.client().fetch(household.api.url, { signal }), { message: 'enough' });
  assert.equal(household.api.requests.length, 0);
});
