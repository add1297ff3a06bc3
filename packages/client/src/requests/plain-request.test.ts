import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
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
