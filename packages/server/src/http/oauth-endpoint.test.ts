import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { OAuthRequest, OAuthResponse } from '../authorization/index.ts';
import { oauthEndpoint } from './oauth-endpoint.ts';
import { RequestCounts } from './request-counts.ts';
import { createRouter } from './router.ts';

type Endpoint = (request: OAuthRequest) => OAuthResponse | Promise<OAuthResponse>;

const headers = { 'content-type': 'application/json' };

async function serve(t: TestContext, endpoint: Endpoint) {
  const counts = new RequestCounts();
  const logged: string[] = [];
  const server = createServer(
    createRouter({
      listener: 'public',
      routes: [
        {
          listeners: ['public'],
          method: 'any',
          path: '/oauth2/token',
          handle: oauthEndpoint(endpoint, 1000),
        },
      ],
      certificateOf: () => undefined,
      counts,
      headers: {},
      log: { error: (fields) => logged.push(String((fields as { err: unknown }).err)) },
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const post = async (body = 'a=b') => {
    const response = await fetch(`http://127.0.0.1:${port}/oauth2/token?x=1`, { method: 'POST', body });
    return {
      status: response.status,
      text: await response.text(),
      length: response.headers.get('content-length'),
    };
  };
  const counted = () => counts.values().map(({ route, status, count }) => [route, status, count]);
  return { port, post, counts, counted, logged };
}

for (const [when, later] of [
  ['at once', <Value>(value: () => Value) => value()],
  ['later', async <Value>(value: () => Value) => value()],
] as const) {
  test(`an endpoint that answers ${when} is asked with what came, and its answer is sent and counted`, async (t) => {
    const asked: OAuthRequest[] = [];
    const { post, counted, counts } = await serve(t, (request) => {
      asked.push(request);
      return later(() => ({ status: 200, headers, body: '{"name":"Zoë €"}' }));
    });
    assert.deepEqual(await post('scope=x'), { status: 200, text: '{"name":"Zoë €"}', length: '19' });
    const [request] = asked;
    assert.equal(request?.path, '/oauth2/token?x=1');
    assert.equal(request?.body.toString(), 'scope=x');
    assert.equal(request?.listener, 'public');
    assert.deepEqual(counted(), [['/oauth2/token', 200, 1]]);
    assert.equal(counts.inProgress, 0);
  });

  test(`an endpoint that fails ${when} is answered with 500, logged, and does not end the server`, async (t) => {
    const { post, counted, logged } = await serve(t, () =>
      later((): OAuthResponse => {
        throw new Error('the disk is gone');
      }),
    );
    for (let time = 1; time <= 2; time++) {
      const { status, text } = await post();
      assert.equal(status, 500);
      assert.doesNotMatch(text, /disk/);
    }
    assert.deepEqual(logged, ['Error: the disk is gone', 'Error: the disk is gone']);
    assert.deepEqual(counted(), [['/oauth2/token', 500, 2]]);
  });
}

test('a body over the limit is refused, whether its length was declared or not', async (t) => {
  const { port, post } = await serve(t, () => ({ status: 200, headers, body: '{}' }));
  assert.equal((await post('x'.repeat(1000))).status, 200);
  assert.equal((await post('x'.repeat(1001))).status, 413);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /oauth2/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n${'x'.repeat(1024)}\r\n0\r\n\r\n`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('a connection that breaks before the body is whole reaches no endpoint and is counted as unanswered', async (t) => {
  let asked = 0;
  const { port, post, counted, counts } = await serve(t, () => {
    asked += 1;
    return { status: 200, headers, body: '{}' };
  });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /oauth2/token HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
  const inProgress = async (number: number) => {
    while (counts.inProgress !== number) await new Promise((resume) => setImmediate(resume));
  };
  await inProgress(1);
  socket.destroy();
  await inProgress(0);
  assert.deepEqual(counted(), [['/oauth2/token', 0, 1]]);
  assert.equal((await post()).status, 200);
  assert.equal(asked, 1);
});
