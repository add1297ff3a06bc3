import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { createTestAuthority } from '../testing/certificates.ts';
import { changed, FollowingSetup } from '../testing/following.ts';
import { httpsRequest } from '../testing/https-request.ts';
import { claims, createTestKey, signToken } from '../testing/tokens.ts';

let setup: FollowingSetup;
beforeEach(async () => {
  setup = await FollowingSetup.start();
});
afterEach(() => setup.close());

test('it follows with its certificate, for its resource, and fetches keys by discovery', async () => {
  const { resourceServer } = setup.follow();
  await resourceServer.ready();
  assert.deepEqual(setup.issuerServer.nodes, ['node']);
  assert.ok(
    setup.issuerServer.requests.includes(`/nodes/v1/feed?resource=${encodeURIComponent(setup.resource)}`),
  );
  assert.ok(setup.issuerServer.requests.includes('/oauth2/jwks'));
  assert.deepEqual(resourceServer.revocation, { position: 1, stalenessMs: 0, stale: false, entries: 0 });
});

test('a list in several lines counts once it is whole', async () => {
  setup.issuerServer.feedStart = [
    { type: 'snapshot', position: 7, entries: [{ kind: 'client', id: 'a' }], more: true },
    { type: 'snapshot', position: 7, entries: [{ kind: 'client', id: 'b' }], more: true },
  ];
  const { resourceServer, next } = setup.follow();
  const connected = next('feed_connected');
  while (setup.issuerServer.feeds.size === 0) await once(setup.issuerServer.server, 'request');
  assert.equal(resourceServer.denylist?.size, 0);
  setup.issuerServer.push({ type: 'snapshot', position: 7, entries: [], more: false });
  await connected;
  assert.equal(resourceServer.denylist?.size, 2);
  assert.equal(resourceServer.revocation.position, 7);
});

test('a lost feed is followed again, and what was revoked meanwhile is in force', async () => {
  const { resourceServer, next, log } = setup.follow();
  await resourceServer.ready();
  const [disconnected, connected] = [next('feed_disconnected'), next('feed_connected')];
  setup.issuerServer.feedStart = [
    { type: 'snapshot', position: 9, entries: [{ kind: 'token', id: 'j' }], more: false },
  ];
  for (const feed of setup.issuerServer.feeds) feed.destroy();
  await disconnected;
  assert.equal(resourceServer.revocation.position, 1);
  await connected;
  assert.equal(resourceServer.revocation.position, 9);
  assert.equal(resourceServer.denylist?.denies({ tokenId: 'j' })?.id, 'j');
  const lost = log.find((event) => event.type === 'feed_disconnected');
  assert.ok(lost?.type === 'feed_disconnected' && lost.retryInMs >= 50 && lost.retryInMs <= 100);
});

test('a server that lags behind takes nothing back, however often the feed begins again', async () => {
  const startWith = (position: number, id: string): void => {
    setup.issuerServer.feedStart = [
      { type: 'snapshot', position, entries: [{ kind: 'token', id }], more: false },
    ];
  };
  startWith(9, 'late');
  const { resourceServer, next, log } = setup.follow();
  await resourceServer.ready();
  const beginAgain = async (): Promise<string[] | undefined> => {
    const connected = next('feed_connected');
    for (const feed of setup.issuerServer.feeds) feed.destroy();
    await connected;
    return resourceServer.denylist?.snapshot().map(({ id }) => id);
  };
  startWith(7, 'early');
  assert.deepEqual(await beginAgain(), ['late', 'early']);
  startWith(8, 'early');
  assert.deepEqual(await beginAgain(), ['late', 'early']);
  startWith(9, 'early');
  assert.deepEqual(await beginAgain(), ['early', 'late']);
  const last = log.findLast((event) => event.type === 'feed_connected');
  assert.ok(last?.type === 'feed_connected' && last.kept === 1);
  const change = changed(resourceServer);
  setup.issuerServer.push({ type: 'change', position: 10, remove: [{ kind: 'token', id: 'late' }] });
  await change;
  assert.equal(resourceServer.denylist?.size, 1);
});

test('a restored database takes nothing back, at whatever position; its own acts count at once', async () => {
  const { resourceServer, next } = setup.follow();
  await resourceServer.ready();
  const token = { kind: 'token', id: 'j' };
  let change = changed(resourceServer);
  setup.issuerServer.push({ type: 'change', position: 2, add: [token] });
  await change;
  setup.issuerServer.feedStart = [
    { type: 'snapshot', position: 2, entries: [], more: false, history: 'restored' },
  ];
  const connected = next('feed_connected');
  for (const feed of setup.issuerServer.feeds) feed.destroy();
  await connected;
  assert.equal(resourceServer.denylist?.size, 1);
  change = changed(resourceServer);
  setup.issuerServer.push({ type: 'change', position: 3, remove: [token] });
  await change;
  assert.equal(resourceServer.denylist?.size, 0);
});

test('an act that is committed late, and heartbeats that wait for it, leave the connection as it is', async () => {
  const { resourceServer, log } = setup.follow();
  await resourceServer.ready();
  const steps: [object, string[]][] = [
    [{ type: 'change', position: 4, add: [{ kind: 'token', id: 'later' }] }, ['later']],
    [{ type: 'heartbeat', position: 2 }, ['later']],
    [{ type: 'change', position: 3, add: [{ kind: 'token', id: 'late' }] }, ['later', 'late']],
  ];
  for (const [line, denied] of steps) {
    const change = changed(resourceServer);
    setup.issuerServer.push(line);
    if ('add' in line) await change;
    assert.deepEqual(
      resourceServer.denylist?.snapshot().map(({ id }) => id),
      denied,
    );
  }
  assert.equal(resourceServer.revocation.position, 4);
  assert.equal(
    log.some(({ type }) => type === 'feed_disconnected'),
    false,
  );
  assert.equal(setup.issuerServer.nodes.length, 1);
});

test('once a key is revoked, tokens of its successor are let in without waiting for the cool-down', async () => {
  const { resourceServer, next } = setup.follow();
  await resourceServer.ready();
  const successor = createTestKey('k2');
  const { issuer } = setup.issuerServer;
  const request = {
    method: 'GET',
    url: '/',
    authorization: [`Bearer ${signToken(successor, claims(Date.now(), { iss: issuer }))}`],
  };
  assert.equal((await resourceServer.verify(request)).allowed, false);
  setup.issuerServer.keys = [successor.jwk];
  const fetched = next('keys_fetched');
  setup.issuerServer.push({ type: 'change', position: 2, add: [{ kind: 'key', id: 'k1' }] });
  await fetched;
  assert.equal((await resourceServer.verify(request)).allowed, true);
});

const brokenFeeds: [string, unknown[]][] = [
  ['a change before the list', [{ type: 'change', position: 1, add: [] }]],
  [
    'a heartbeat in the middle of the list',
    [
      { type: 'snapshot', position: 1, entries: [], more: true },
      { type: 'heartbeat', position: 1 },
    ],
  ],
  [
    'an entry of an unknown kind',
    [{ type: 'snapshot', position: 5, entries: [{ kind: 'x', id: 'y' }], more: false }],
  ],
];
for (const [what, lines] of brokenFeeds) {
  test(`${what} ends the connection, and it begins again`, async () => {
    setup.issuerServer.feedStart = lines;
    const { next } = setup.follow();
    const lost = await next('feed_disconnected');
    assert.equal(lost.type === 'feed_disconnected' && (lost.error as { code?: string }).code, 'feed_invalid');
    const connected = next('feed_connected');
    setup.issuerServer.feedStart = [{ type: 'snapshot', position: 1, entries: [], more: false }];
    await connected;
  });
}

test('a feed that answers with a refusal is asked again', async () => {
  setup.issuerServer.answers.set('/nodes/v1/feed', (response) => {
    setup.issuerServer.answers.delete('/nodes/v1/feed');
    response.writeHead(403).end('no');
  });
  const { next } = setup.follow();
  const lost = await next('feed_disconnected');
  assert.match(String(lost.type === 'feed_disconnected' && (lost.error as Error).message), /status 403/);
  await next('feed_connected');
});

test('a server with a certificate of another authority is not followed', async () => {
  const stranger = await createTestAuthority('Stranger');
  const { next } = setup.follow({}, stranger.ca);
  await Promise.all([next('feed_disconnected'), next('keys_fetch_failed')]);
  assert.deepEqual(setup.issuerServer.requests, []);
});

test('before the first list, and when the heartbeats stay away, requests get 503', async () => {
  setup.issuerServer.feedStart = [];
  const { resourceServer, time, next } = setup.follow({ maxStalenessSeconds: 10 });
  const { port } = await setup.startApi(resourceServer);
  const ask = async (): Promise<number> =>
    (await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: setup.token() }))
      .status;
  assert.equal(resourceServer.revocation.stalenessMs, Number.POSITIVE_INFINITY);
  assert.equal(await ask(), 503);
  const connected = next('feed_connected');
  while (setup.issuerServer.feeds.size === 0) await once(setup.issuerServer.server, 'request');
  setup.issuerServer.push({ type: 'snapshot', position: 1, entries: [], more: false });
  await connected;
  assert.equal(await ask(), 200);
  time.ms = 10_000;
  assert.equal(await ask(), 200);
  time.ms = 10_001;
  assert.equal(await ask(), 503);
  assert.equal(resourceServer.revocation.stale, true);
  const change = changed(resourceServer);
  setup.issuerServer.push({ type: 'heartbeat', position: 3, at: Date.now() });
  setup.issuerServer.push({ type: 'change', position: 3, add: [] });
  await change;
  assert.equal(await ask(), 200);
  assert.equal(resourceServer.revocation.position, 3);
});

test('closing sends the last report and leaves nothing open', async () => {
  const { resourceServer } = setup.follow();
  await resourceServer.ready();
  await setup.issuerServer.nextReport();
  const { port } = await setup.startApi(resourceServer);
  await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: setup.token() });
  const report = setup.issuerServer.nextReport();
  await resourceServer.close();
  assert.equal(((await report)['certificates'] as unknown[]).length, 1);
  while (setup.issuerServer.feeds.size > 0) await once([...setup.issuerServer.feeds][0]!, 'close');
});

test('waiting until it is ready can be given up', async () => {
  setup.issuerServer.feedStart = [];
  const { resourceServer } = setup.follow();
  const reason = new Error('enough');
  const controller = new AbortController();
  const waiting = resourceServer.ready(controller.signal);
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(resourceServer.ready(AbortSignal.abort(reason)), reason);
});
