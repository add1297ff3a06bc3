import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import {
  answerJson,
  createPlainListener,
  createSecureListener,
  drain,
  listen,
  useCertificate,
} from './index.ts';
import { exchangeBytes, openConnection } from './testing/raw-connection.ts';
import { chainPem, makeIdentity } from './testing/test-certificates.ts';

const limits = {
  headerLimitBytes: 8192,
  headersTimeoutSeconds: 30,
  requestTimeoutSeconds: 30,
  keepAliveTimeoutSeconds: 1,
  handshakeTimeoutSeconds: 30,
  connectionsLimit: 100,
  connectionsPerAddressLimit: 100,
};
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** `/slow` is answered when the test says so. */
function answering(): { onRequest: RequestListener; slow: Promise<ServerResponse> } {
  const slow = Promise.withResolvers<ServerResponse>();
  const onRequest: RequestListener = ({ url }, response) => {
    if (url === '/slow') slow.resolve(response);
    else if (url === '/last') answerJson(response, 200, {}, { Connection: 'close' });
    else answerJson(response, 200, {});
  };
  return { onRequest, slow: slow.promise };
}

/** What comes next on a connection, or `closed`. */
function nextOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve('closed');
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    socket.once('close', () => resolve('closed'));
  });
}

async function opened(server: Server): Promise<{ port: number; host: string }> {
  await listen(server, 'test', { host: '127.0.0.1', port: 0 });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

async function secured(onRequest: RequestListener): Promise<Server> {
  const server = createSecureListener({ limits, onRequest });
  const identity = await makeIdentity('CN=localhost', { dns: 'localhost' });
  useCertificate(server, { certificateChainPem: chainPem(identity), privateKeyPem: identity.keyPem });
  return server;
}

for (const [kind, open] of [
  ['without TLS', (onRequest: RequestListener) => createPlainListener(limits, onRequest)],
  ['with TLS', secured],
] as const) {
  test(`${kind}, an idle connection is closed; one in use is not, nor one whose answer is still to come`, async (t) => {
    const { onRequest, slow } = answering();
    const server = await open(onRequest);
    t.after(() => drain([server], 0));
    const here = await opened(server);
    const connection = async () => {
      if (kind === 'with TLS') return (await openConnection(here)).socket;
      const socket = connect(here);
      await once(socket, 'connect');
      return socket;
    };
    const [waiting, busy, idle] = [await connection(), await connection(), await connection()];
    const later = nextOf(waiting);
    waiting.write(get('/slow'));
    const answer = await slow;
    const soon = nextOf(idle);
    idle.write(get('/'));
    assert.match(await soon, /\r\nKeep-Alive: timeout=1\r\n/);
    // With pauses, so that it is found at rest whenever it is looked at.
    busy.on('data', () => setTimeout(() => busy.write(get('/')), 50));
    busy.write(get('/'));
    await once(idle, 'close');
    assert.match(await nextOf(busy), /^HTTP\/1\.1 200 /);
    busy.destroy();

    // This one was silent for longer than the idle one.
    answerJson(answer, 200, {});
    assert.match(await later, /^HTTP\/1\.1 200 /);
    waiting.resume();
    await once(waiting, 'close');
  });
}

test('an answer that ends its connection promises nothing of keeping it', async (t) => {
  const server = await secured(answering().onRequest);
  t.after(() => drain([server], 0));
  const here = await opened(server);
  for (const request of [get('/last'), get('/').replace('Host: x', 'Host: x\r\nConnection: close')]) {
    const answer = await exchangeBytes(here, request);
    assert.match(answer, /\r\nConnection: close\r\n/i);
    assert.doesNotMatch(answer, /keep-alive/i);
  }
});
