import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
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
  test(`${kind}, an idle connection is closed, and one whose answer is still to come is not`, async (t) => {
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
    const [waiting, idle] = [await connection(), await connection()];
    waiting.write(get('/slow'));
    const answer = await slow;
    idle.write(get('/'));
    const [first] = (await once(idle, 'data')) as [Buffer];
    assert.match(first.toString(), /\r\nKeep-Alive: timeout=1\r\n/);
    idle.resume();
    await once(idle, 'close');

    // This one was silent for longer than the other.
    answerJson(answer, 200, {});
    const [late] = (await once(waiting, 'data')) as [Buffer];
    assert.match(late.toString(), /^HTTP\/1\.1 200 /);
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
