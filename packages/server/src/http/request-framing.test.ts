import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import {
  answerJson,
  createPlainListener,
  createRouter,
  drain,
  listen,
  RequestCounts,
  readBody,
} from './index.ts';

const limits = {
  headerLimitBytes: 8192,
  headersTimeoutSeconds: 10,
  requestTimeoutSeconds: 10,
  keepAliveTimeoutSeconds: 10,
  handshakeTimeoutSeconds: 10,
  connectionsLimit: 100,
  connectionsPerAddressLimit: 20,
};
const bodyLimitBytes = 1000;

const server = createPlainListener(
  limits,
  createRouter({
    listener: 'pki',
    routes: [
      {
        listeners: ['pki'],
        method: 'any',
        path: '/echo',
        handle: ({ request, response }) =>
          readBody(request, bodyLimitBytes, (failure, body) => {
            if (failure === 'broken') return;
            const headers = { Connection: 'close' };
            answerJson(response, failure === undefined ? 200 : 413, { length: body.length }, headers);
          }),
      },
    ],
    certificateOf: () => undefined,
    counts: new RequestCounts(),
    headers: {},
    log: { error: () => assert.fail('nothing fails here') },
  }),
);
before(() => listen(server, 'pki', { host: '127.0.0.1', port: 0 }));
after(() => drain([server], 0));

function exchange(...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
    for (const part of parts) socket.write(part);
  });
}

const chunks = '2\r\nab\r\n0\r\n\r\n';

for (const [what, request, status] of [
  ['several Host lines', 'POST /echo HTTP/1.1\r\nHost: x\r\nHost: x\r\nContent-Length: 2\r\n\r\nab', 400],
  [
    'a coding beside chunked',
    `POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunks}`,
    501,
  ],
  [
    'chunks in HTTP/1.0',
    `POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    400,
  ],
  ['no version', 'GET /echo\r\n\r\n', 505],
] as const) {
  test(`a request with ${what} is refused with ${status}, and what follows it is not read as another`, async () => {
    const answer = await exchange(`${request}GET /echo HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.equal(answer.split(' ')[1], String(status), answer);
    assert.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1);
    assert.match(answer, /\r\nConnection: close\r\n/i);
  });
}

test('chunks are chunks, in any case of letters', async () => {
  const answer = await exchange(
    `POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n${chunks}`,
  );
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*\{"length":2\}$/);
});

for (const [what, head] of [
  ['its length', `Content-Length: ${4 * 1024 * 1024}`],
  ['its chunks', 'Transfer-Encoding: chunked'],
] as const) {
  test(`a client that sends on without reading still gets the answer to a body too large by ${what}`, async () => {
    const block = Buffer.alloc(1024 * 1024, 'a');
    const framed = head.startsWith('Content')
      ? [block, block, block, block]
      : [...Array.from({ length: 4 }, () => ['100000\r\n', block, '\r\n']).flat(), '0\r\n\r\n'];
    const answer = await exchange(`POST /echo HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`, ...framed);
    assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*\{"length":0\}$/);
  });
}

test('a client that sends without end is cut off', async () => {
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const cut = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  const block = Buffer.concat([
    Buffer.from('100000\r\n'),
    Buffer.alloc(1024 * 1024, 'a'),
    Buffer.from('\r\n'),
  ]);
  const more = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', more);
  more();
  await cut;
});
