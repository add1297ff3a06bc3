import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { connect } from 'node:tls';
import { changed, closeOf, FollowingSetup } from '../testing/following.ts';
import { httpsRequest } from '../testing/https-request.ts';

let setup: FollowingSetup;
beforeEach(async () => {
  setup = await FollowingSetup.start();
});
afterEach(() => setup.close());

test('a revocation is in force, and the client that is revoked loses its open connection', async () => {
  const { resourceServer } = setup.follow();
  await resourceServer.ready();
  const { port, server } = await setup.startApi(resourceServer);
  const bound = setup.token();
  assert.equal(
    (await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: bound })).status,
    200,
  );
  const accepted = once(server, 'secureConnection');
  const socket = connect({
    port,
    host: 'localhost',
    ca: setup.authority.ca,
    cert: setup.billing.cert,
    key: setup.billing.key,
  });
  await accepted;
  const closed = closeOf(socket);
  setup.issuerServer.push({
    type: 'change',
    position: 2,
    add: [{ kind: 'certificate', id: setup.billing.thumbprint }],
  });
  await closed;
  const again = await httpsRequest({
    port,
    ca: setup.authority.ca,
    certificate: setup.billing,
    token: bound,
  });
  assert.equal(again.status, 401);
  const { revocation } = resourceServer;
  assert.equal(revocation.position, 2);
  assert.equal(revocation.entries, 1);
});

test('a strict listener ends a connection with a revoked certificate before any HTTP is read', async () => {
  setup.issuerServer.feedStart = [
    {
      type: 'snapshot',
      position: 1,
      entries: [{ kind: 'certificate', id: setup.billing.thumbprint }],
      more: false,
    },
  ];
  const { resourceServer, log } = setup.follow();
  await resourceServer.ready();
  const { port, server } = await setup.startApi(resourceServer);
  const request = { port, ca: setup.authority.ca, certificate: setup.billing, token: setup.token() };
  assert.equal((await httpsRequest(request)).status, 401);
  const stop = resourceServer.watch(server, { strict: true });
  const requests = log.filter(({ type }) => type === 'refused').length;
  await assert.rejects(httpsRequest(request));
  assert.equal(log.filter(({ type }) => type === 'refused').length, requests);
  assert.equal((await httpsRequest({ ...request, certificate: setup.node })).status, 401);
  stop();
  assert.equal((await httpsRequest(request)).status, 401);
});

test('suspending a client ends the connections it was seen on, and resuming lets it back in', async () => {
  const { resourceServer } = setup.follow();
  await resourceServer.ready();
  const { port, server } = await setup.startApi(resourceServer);
  const bound = setup.token();
  const accepted = once(server, 'secureConnection');
  const socket = connect({
    port,
    host: 'localhost',
    ca: setup.authority.ca,
    cert: setup.billing.cert,
    key: setup.billing.key,
  });
  await accepted;
  const closed = closeOf(socket);
  assert.equal(
    (await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: bound })).status,
    200,
  );
  const suspended = [
    { kind: 'client', id: 'billing' },
    { kind: 'client', id: 'billing', epoch: 1 },
  ];
  setup.issuerServer.push({ type: 'change', position: 2, add: suspended });
  await closed;
  assert.equal(
    (await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: bound })).status,
    401,
  );
  const change = changed(resourceServer);
  setup.issuerServer.push({
    type: 'change',
    position: 3,
    add: [],
    remove: [{ kind: 'client', id: 'billing' }],
  });
  await change;
  assert.equal(
    (await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: bound })).status,
    401,
  );
  const fresh = setup.token({ mortise: { epoch: 1 } });
  assert.equal(
    (await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: fresh })).status,
    200,
  );
});
