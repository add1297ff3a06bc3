import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createTestAuthority } from './testing/certificates.ts';
import { Household } from './testing/household.ts';
import { startTestApi } from './testing/protected-api.ts';

let household: Household;
beforeEach(async () => {
  household = await Household.start();
});
afterEach(() => household.close());

test('replacing the certificate: new tokens over new connections, none of the old ones again', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  household.server.client.thumbprints = [household.renewed.thumbprint];
  await client.replaceCertificate(household.renewed);
  assert.equal((await client.fetch(household.api.url)).status, 200);
  assert.deepEqual(
    household.api.requests.map(({ thumbprint }) => thumbprint),
    [household.billing.thumbprint, household.renewed.thumbprint],
  );
  assert.equal(new Set(household.api.requests.map(({ token }) => token)).size, 2);
});

test('a certificate that the server does not accept is not taken over', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  await assert.rejects(client.replaceCertificate(household.renewed), {
    name: 'OAuthError',
    code: 'invalid_client',
  });
  assert.equal((await client.fetch(household.api.url)).status, 200);
  assert.equal(household.api.requests.at(-1)?.thumbprint, household.billing.thumbprint);
});

test('a call under way ends over the certificate that it began with', async () => {
  const client = household.client();
  household.server.client.thumbprints?.push(household.renewed.thumbprint);
  const arrived = Promise.withResolvers<() => void>();
  household.api.answers.set('/slow', (_request, response) => {
    response.writeHead(200).write('first ');
    arrived.resolve(() => response.end('last'));
  });
  const slow = await client.fetch(`${household.api.url}/slow`);
  const finish = await arrived.promise;
  await client.replaceCertificate(household.renewed);
  assert.equal((await client.fetch(household.api.url)).status, 200);
  finish();
  assert.equal(await slow.text(), 'first last');
  assert.deepEqual(
    household.api.requests.map(({ thumbprint }) => thumbprint),
    [household.billing.thumbprint, household.renewed.thumbprint],
  );
});

test('calls that cross a replacement all succeed', async () => {
  const client = household.client();
  household.server.client.thumbprints?.push(household.renewed.thumbprint);
  const calls: Promise<{ status: number }>[] = [];
  for (let index = 0; index < 30; index += 1) {
    calls.push(client.fetch(household.api.url));
    if (index === 10) calls.push(client.replaceCertificate(household.renewed).then(() => ({ status: 200 })));
  }
  assert.deepEqual(new Set((await Promise.all(calls)).map(({ status }) => status)), new Set([200]));
  for (const { token, thumbprint } of household.api.requests)
    assert.equal(household.server.tokens.get(token ?? ''), thumbprint);
});

test('replacing the anchors: the new ones are trusted and the old ones no more', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  const stranger = await createTestAuthority('Stranger');
  await assert.rejects(client.replaceAnchors(stranger.ca), { code: 'server_unreachable' });
  assert.equal((await client.fetch(household.api.url)).status, 200);
  const strangeApi = await startTestApi(stranger, household.server);
  await client.replaceAnchors([stranger.ca, household.authority.ca]);
  assert.equal((await client.fetch(strangeApi.url)).status, 200);
  await strangeApi.stop();
});
