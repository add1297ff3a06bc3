import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { AuthorityError } from './authority-error.ts';
import { ListenerCertificate } from './listener-certificate.ts';
import { openHouse } from './testing/open-house.ts';
import { revokeAuthorities } from './testing/revoke-authorities.ts';

const names = ['localhost', '127.0.0.1'];

test('a listener with its certificate is trusted by who trusts the root', async (t) => {
  const { authority, clock } = await openHouse(t);
  // The handshake's other side has no clock but the machine's.
  clock.now = Date.now();
  const { current } = await ListenerCertificate.open({ authority, names, clock: clock.read });
  const server = createServer({ key: current.key, cert: current.cert }, (socket) => socket.end('joined'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ca = authority.roots().map((root) => root.toPem());
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
  const [data] = await once(socket, 'data');
  assert.equal(String(data), 'joined');
  assert.equal(socket.authorized, true);
  socket.destroy();
});

test('it is renewed with another key once two thirds of its life are over, and not before', async (t) => {
  const { authority, clock } = await openHouse(t);
  const listener = await ListenerCertificate.open({ authority, names, clock: clock.read });
  const first = listener.current;
  assert.equal(first.renewAt - clock.now, 20 * 86_400_000);
  clock.now = first.renewAt - 1;
  assert.equal(await listener.renewIfDue(), false);
  assert.equal(listener.current, first);
  clock.now = first.renewAt;
  assert.equal(await listener.renewIfDue(), true);
  assert.notEqual(listener.current.key, first.key);
  assert.notEqual(listener.current.fingerprint256, first.fingerprint256);
  assert.ok(listener.current.notAfter > first.notAfter);
});

test('it is renewed at once when its authority is revoked', async (t) => {
  const { authority, clock, storage } = await openHouse(t);
  const listener = await ListenerCertificate.open({ authority, names, clock: clock.read });
  const { authorityId } = listener.current;
  await revokeAuthorities(storage, [authorityId], clock.now);
  assert.equal(await listener.renewIfDue(), true);
  assert.notEqual(listener.current.authorityId, authorityId);
  assert.equal(await listener.renewIfDue(), false);
});

test('a renewal that fails leaves the current certificate', async (t) => {
  const { authority, clock } = await openHouse(t);
  let refuse = false;
  const listener = await ListenerCertificate.open({
    authority: {
      isActive: (id) => authority.isActive(id),
      issuesForItself: (id) => authority.issuesForItself(id),
      issue: (options) =>
        refuse ? Promise.reject(new AuthorityError('no_active_authority', 'none')) : authority.issue(options),
    },
    names,
    clock: clock.read,
  });
  const first = listener.current;
  refuse = true;
  clock.now = first.renewAt;
  await assert.rejects(listener.renewIfDue(), { code: 'no_active_authority' });
  assert.equal(listener.current, first);
  refuse = false;
  assert.equal(await listener.renewIfDue(), true);
});
