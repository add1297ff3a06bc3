import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { takeSessionLeaf } from './session-leaf.ts';
import { chainPem, makeIdentity } from './testing/test-certificates.ts';

const serverIdentity = await makeIdentity('CN=server');
const leaf = await makeIdentity('CN=leaf');
const server = tls.createServer({
  key: serverIdentity.keyPem,
  cert: serverIdentity.certificate.toPem(),
  requestCert: true,
  rejectUnauthorized: false,
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => server.close());

/** The server's end of a connection. */
async function accepted(t: { after(end: () => void): void }, options: tls.ConnectionOptions) {
  const { port } = server.address() as AddressInfo;
  const accepting = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  const sessionOffered = once(client, 'session') as Promise<[Buffer]>;
  client.resume();
  const [socket] = await accepting;
  t.after(() => client.destroy());
  return { socket, sessionOffered };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const asClient = {
    minVersion: version,
    maxVersion: version,
    key: leaf.keyPem,
    cert: chainPem(leaf, serverIdentity),
  };

  test(`the leaf of a full handshake and of a resumed one (${version})`, async (t) => {
    const full = await accepted(t, asClient);
    assert.deepEqual(takeSessionLeaf(full.socket.getSession()!), leaf.certificate.der);
    const [session] = await full.sessionOffered;
    const { socket } = await accepted(t, { ...asClient, session });
    assert.equal(socket.isSessionReused(), true);
    assert.deepEqual(takeSessionLeaf(socket.getSession()!), leaf.certificate.der);
  });

  test(`nothing where the peer presented none (${version})`, async (t) => {
    const { socket } = await accepted(t, { minVersion: version, maxVersion: version });
    assert.equal(takeSessionLeaf(socket.getSession()!), undefined);
  });
}

test('the secrets of the session are overwritten, also where it cannot be read', async (t) => {
  const { socket } = await accepted(t, { key: leaf.keyPem, cert: leaf.certificate.toPem() });
  const session = socket.getSession()!;
  for (const octets of [session, Buffer.from('30820100', 'hex'), Buffer.from('not a session')]) {
    takeSessionLeaf(octets);
    assert.ok(octets.every((octet) => octet === 0));
  }
});

test('a session of another form has no leaf', async (t) => {
  const { socket } = await accepted(t, { key: leaf.keyPem, cert: leaf.certificate.toPem() });
  const session = socket.getSession()!;
  for (const octets of [
    Buffer.alloc(0),
    Buffer.from(session.subarray(0, -1)),
    Buffer.from([0x30, 0]),
    leaf.certificate.der,
  ])
    assert.equal(takeSessionLeaf(Buffer.from(octets)), undefined);
});
