import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { FollowingSetup } from '../testing/following.ts';
import { httpsRequest } from '../testing/https-request.ts';
import { TrustedConnections } from '../transport/trusted-connections.ts';
import { Reporter } from './reporter.ts';

let setup: FollowingSetup;
beforeEach(async () => {
  setup = await FollowingSetup.start();
});
afterEach(() => setup.close());

test('it reports what is in force, and which certificates came by', async () => {
  const { resourceServer } = setup.follow();
  const first = setup.issuerServer.nextReport();
  await resourceServer.ready();
  assert.equal((await first)['position'], 1);
  const { port } = await setup.startApi(resourceServer);
  await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: setup.token() });
  await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: setup.token() });
  await httpsRequest({
    port,
    ca: setup.authority.ca,
    certificate: setup.billing,
    token: setup.token({ aud: 'other' }),
  });
  const second = setup.issuerServer.nextReport();
  setup.issuerServer.push({ type: 'change', position: 2, add: [{ kind: 'token', id: 'j' }] });
  setup.issuerServer.push({ type: 'change', position: 3, add: [{ kind: 'token', id: 'k' }] });
  const report = await second;
  assert.equal(report['position'], 3);
  const enforced = report['enforced'] as { position: number; at: number }[];
  assert.deepEqual(
    enforced.map(({ position }) => position),
    [2, 3],
  );
  assert.ok(enforced.every(({ at }) => Math.abs(at - Date.now()) < 60_000));
  const certificates = report['certificates'] as Record<string, unknown>[];
  assert.equal(certificates.length, 1);
  assert.equal(certificates[0]?.['x5t#S256'], setup.billing.thumbprint);
  assert.equal(certificates[0]?.['client_id'], 'billing');
  assert.equal(certificates[0]?.['count'], 2);
});

test('a report that could not be delivered goes out with the next one', async () => {
  const { resourceServer, next } = setup.follow();
  await resourceServer.ready();
  await setup.issuerServer.nextReport();
  setup.issuerServer.answers.set('/nodes/v1/reports', (response) => response.writeHead(500).end());
  const failed = next('report_failed');
  setup.issuerServer.push({ type: 'change', position: 2, add: [{ kind: 'token', id: 'j' }] });
  await failed;
  setup.issuerServer.answers.clear();
  const report = setup.issuerServer.nextReport();
  setup.issuerServer.push({ type: 'change', position: 3, add: [{ kind: 'token', id: 'k' }] });
  const enforced = (await report)['enforced'] as { position: number }[];
  assert.deepEqual(
    enforced.map(({ position }) => position),
    [2, 3],
  );
});

test('a position up to which nothing changed is reported too', async () => {
  const { resourceServer } = setup.follow();
  const first = setup.issuerServer.nextReport();
  await resourceServer.ready();
  await first;
  const second = setup.issuerServer.nextReport();
  setup.issuerServer.push({ type: 'heartbeat', position: 9, at: Date.now() });
  const report = await second;
  assert.equal(report['position'], 9);
  assert.deepEqual(report['enforced'], []);
});

test('certificates beyond a thousand go out in further reports, as the server takes them', async () => {
  const { authority, node, issuerServer } = setup;
  const connections = new TrustedConnections({
    anchors: authority.ca,
    key: node.key,
    certificate: node.cert,
  });
  const url = `${issuerServer.issuer}/nodes/v1/reports`;
  const reporter = new Reporter({ url, connections, log: () => assert.fail(), clock: Date.now });
  for (let i = 0; i < 2500; i += 1) reporter.met(String(i).padStart(43, 'x'), 'billing', Date.now());
  await reporter.close();
  await connections.close();
  const lists = issuerServer.reports.map(({ certificates }) => certificates as object[]);
  assert.deepEqual(
    lists.map(({ length }) => length),
    [1000, 1000, 500],
  );
  assert.equal(new Set(lists.flat().map((met) => JSON.stringify(met))).size, 2500);
});

for (const status of [400, 413]) {
  test(`a report that is refused with ${status} does not stand in the way of the next`, async () => {
    const { resourceServer, next } = setup.follow();
    await resourceServer.ready();
    await setup.issuerServer.nextReport();
    setup.issuerServer.answers.set('/nodes/v1/reports', (response) => response.writeHead(status).end());
    const failed = next('report_failed');
    setup.issuerServer.push({ type: 'change', position: 2, add: [{ kind: 'token', id: 'j' }] });
    await failed;
    setup.issuerServer.answers.clear();
    const report = setup.issuerServer.nextReport();
    setup.issuerServer.push({ type: 'change', position: 3, add: [{ kind: 'token', id: 'k' }] });
    const enforced = (await report)['enforced'] as { position: number }[];
    assert.deepEqual(
      enforced.map(({ position }) => position),
      [3],
    );
  });
}
