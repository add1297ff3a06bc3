import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { connectionCertificate } from '@mortise/resource-server';
import type { Exchange } from './exchange.ts';
import { PresentedCertificates, withChainRead } from './presented-certificate.ts';
import { chainPem, makeIdentity } from './testing/test-certificates.ts';

const root = await makeIdentity('CN=root', { ca: true });
const issuer = await makeIdentity('CN=issuer', { ca: true, issuer: root });
const leaf = await makeIdentity('CN=leaf', { issuer });
const sent = [issuer.certificate.der, root.certificate.der];

async function accepted(t: { after(end: () => void): void }): Promise<TLSSocket> {
  const server = tls.createServer({
    key: root.keyPem,
    cert: root.certificate.toPem(),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepting = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const { port } = server.address() as AddressInfo;
  const cert = chainPem(leaf, issuer, root);
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, key: leaf.keyPem, cert });
  t.after(() => {
    client.destroy();
    server.close();
  });
  const [socket] = await accepting;
  return socket;
}

test('the leaf, and behind it what was sent', async (t) => {
  const presented = new PresentedCertificates().read(await accepted(t))!;
  assert.deepEqual(presented.der, leaf.certificate.der);
  assert.deepEqual(presented.chain, sent);
});

test('a handler that reads the certificate from the socket takes no chain away from those after it', async (t) => {
  const socket = await accepted(t);
  const certificate = new PresentedCertificates().read(socket)!;
  let read: string | undefined;
  await withChainRead(() => {
    read = connectionCertificate(socket)?.thumbprint;
  })({ certificate } as Exchange);
  assert.equal(read, certificate.x5t);
  assert.deepEqual(certificate.chain, sent);
});

test('where the session says nothing, the leaf comes from the socket, and the chain with it', async (t) => {
  const socket = await accepted(t);
  socket.getSession = () => undefined;
  const presented = new PresentedCertificates().read(socket)!;
  assert.deepEqual(presented.der, leaf.certificate.der);
  assert.deepEqual(presented.chain, sent);
});
