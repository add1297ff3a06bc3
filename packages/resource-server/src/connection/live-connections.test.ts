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
  const { port } = await setup.startApi(resourceServer);
  const bound = setup.token();
  assert.equal(
    (await httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: bound })).status,
    200,
  );
  const socket = connect({
    port,
    host: 'localhost',
    ca: setup.authority.ca,
    cert: setup.billing.cert,
    key: setup.billing.key,
  });
  await once(socket, 'secureConnect');
  const closed = closeOf(socket);
  setup.issuerServer.push({
    type: 'change',
    position: 2,
    add: [{ kind: 'certificate', id: setup.billing.thumbprint }],
  });
  await closed;
  await assert.rejects(
    httpsRequest({ port, ca: setup.authority.ca, certificate: setup.billing, token: bound }),
  );
  const { revocation } = resourceServer;
  assert.equal(revocation.position, 2);
  assert.equal(revocation.entries, 1);
});

test('suspending a client ends the connections it was seen on, and resuming lets it back in', async () => {
  const { resourceServer } = setup.follow();
  await resourceServer.ready();
  const { port } = await setup.startApi(resourceServer);
  const bound = setup.token();
  const socket = connect({
    port,
    host: 'localhost',
    ca: setup.authority.ca,
    cert: setup.billing.cert,
    key: setup.billing.key,
  });
  await once(socket, 'secureConnect');
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
