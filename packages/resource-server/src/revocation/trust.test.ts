import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { createTestAuthority } from '../testing/certificates.ts';
import { FollowingSetup } from '../testing/following.ts';
import { readFeedMessage } from './feed-messages.ts';

let setup: FollowingSetup;
beforeEach(async () => {
  setup = await FollowingSetup.start();
});
afterEach(() => setup.close());

const fingerprint = (pem: string): string =>
  new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

/** The next report that says what is trusted. */
async function nextTrust(after: number): Promise<{ anchors?: string[]; instance: string; gone?: boolean }> {
  for (;;) {
    const found = setup.issuerServer.reports.slice(after).find(({ trust }) => trust !== undefined);
    if (found !== undefined) return found['trust'] as { anchors?: string[]; instance: string };
    await once(setup.issuerServer.server, 'test-report');
  }
}

test('roots that the server names are trusted beside the anchors, and reported; one that is retired is not', async () => {
  const { resourceServer, next } = setup.follow();
  await resourceServer.ready();
  const newRoot = await createTestAuthority('New Root');
  const changed = next('trust_changed');
  const roots = [{ sha256: fingerprint(newRoot.ca), certificate: newRoot.ca }];
  setup.issuerServer.push({ type: 'trust', roots, retired: [] });
  assert.deepEqual(await changed, { type: 'trust_changed', anchors: 2 });
  const both = await nextTrust(0);
  assert.deepEqual(both.anchors?.sort(), [fingerprint(newRoot.ca), fingerprint(setup.authority.ca)].sort());

  const heard = setup.issuerServer.reports.length;
  const again = next('trust_changed');
  const { cert, key } = await newRoot.server();
  setup.issuerServer.server.setSecureContext({ cert, key });
  setup.issuerServer.push({ type: 'trust', roots, retired: [fingerprint(setup.authority.ca)] });
  assert.deepEqual(await again, { type: 'trust_changed', anchors: 1 });
  const one = await nextTrust(heard);
  assert.deepEqual(one.anchors, [fingerprint(newRoot.ca)]);
  assert.equal(one.instance, both.instance);
});

test('connections made from then on are validated against the new roots alone', async () => {
  const { resourceServer, next } = setup.follow();
  await resourceServer.ready();
  const newRoot = await createTestAuthority('New Root');
  const changed = next('trust_changed');
  setup.issuerServer.push({
    type: 'trust',
    roots: [{ sha256: fingerprint(newRoot.ca), certificate: newRoot.ca }],
    retired: [fingerprint(setup.authority.ca)],
  });
  await changed;
  const disconnected = next('feed_disconnected');
  for (const feed of setup.issuerServer.feeds) feed.destroy();
  await disconnected;
  const refused = (await next('feed_disconnected')) as { error: { code: string } };
  assert.equal(refused.error.code, 'server_unreachable');
  const { cert, key } = await newRoot.server();
  const connected = next('feed_connected');
  setup.issuerServer.server.setSecureContext({ cert, key });
  await connected;
});

test('a root that is no certificate changes nothing', async () => {
  const { resourceServer, log, next } = setup.follow();
  await resourceServer.ready();
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  setup.issuerServer.push({ type: 'trust', roots: [{ sha256: 'x', certificate }], retired: [] });
  const root = { sha256: fingerprint(setup.authority.ca), certificate: setup.authority.ca };
  const changed = next('trust_changed');
  setup.issuerServer.push({ type: 'trust', roots: [root, root], retired: [] });
  assert.deepEqual(await changed, { type: 'trust_changed', anchors: 1 });
  assert.equal(log.filter(({ type }) => type === 'trust_changed').length, 1);
});

for (const [why, line] of [
  ['no roots', { type: 'trust', retired: [] }],
  ['a root without a certificate', { type: 'trust', roots: [{}], retired: [] }],
  [
    'too many roots',
    { type: 'trust', roots: Array.from({ length: 101 }, () => ({ certificate: '' })), retired: [] },
  ],
  ['nothing about the retired', { type: 'trust', roots: [] }],
  ['a number among the retired', { type: 'trust', roots: [], retired: [1] }],
] as const) {
  test(`a line about trust with ${why} is malformed`, () => {
    assert.throws(() => readFeedMessage(JSON.stringify(line)), { code: 'feed_invalid' });
  });
}
