import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { House } from '../invariants/testing/house.ts';
import { basic } from '../invariants/testing/https-request.ts';
import { assertOAuthError } from './testing/oauth-error.ts';

let house: House;
let authorization: string;

/** Short, so that slow requests end within this test; the defaults are in the configuration's table. */
const timeouts = [
  ...['--handshake-timeout-seconds', '1', '--headers-timeout-seconds', '1'],
  ...['--request-timeout-seconds', '2', '--keep-alive-timeout-seconds', '1'],
];

before(async () => {
  house = await House.start({ flags: timeouts });
  await house.resource();
  ({ authorization } = basic('billing', await house.client('billing')));
});
after(async () => {
  assert.doesNotMatch(house.logged, /"level":(50|60)/, 'nothing failed inside');
  await house.discard();
});

type SecureListener = 'public' | 'mtls';

/** Sends octets as they are; resolves with all that came back when the server closes the connection. */
function exchange(
  listener: SecureListener,
  octets: string,
  then?: (socket: TLSSocket) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port: house.port(listener), servername: 'localhost', ca: house.ca },
      () => {
        if (octets !== '') socket.write(Buffer.from(octets, 'latin1'));
        then?.(socket);
      },
    );
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(received);
      else reject(error);
    });
    socket.on('close', () => resolve(received));
  });
}

const body = 'grant_type=client_credentials&scope=payments:read';
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** A token request with these lines in its head, and this after the head. */
function request(lines: readonly string[], content = body, version = 'HTTP/1.1'): string {
  const head = [
    `POST /oauth2/token ${version}`,
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    `Authorization: ${authorization}`,
    ...lines,
  ];
  return `${head.join('\r\n')}\r\n\r\n${content}`;
}

const length = `Content-Length: ${body.length}`;
const close = 'Connection: close';
const statusOf = (answer: string): string => answer.split(' ')[1] ?? '';
const answersIn = (answer: string): number => answer.match(/HTTP\/1\.1 [2-5]/g)?.length ?? 0;
/** What a smuggler would have the server read as a request of its own. */
const hidden = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

test('the requests of this file are right but for what each has wrong', async () => {
  for (const listener of ['public', 'mtls'] as const) {
    assert.equal(statusOf(await exchange(listener, request([length, close]))), '200');
    assert.equal(
      statusOf(await exchange(listener, request(['Transfer-Encoding: chunked', close], chunked))),
      '200',
    );
  }
});

describe('a request that two readers could take apart differently', () => {
  const cases: [string, () => string][] = [
    ['a length beside chunks', () => request([length, 'Transfer-Encoding: chunked'], `0\r\n\r\n${hidden}`)],
    ['chunks beside a length', () => request(['Transfer-Encoding: chunked', length], `0\r\n\r\n${hidden}`)],
    ['two lengths', () => request(['Content-Length: 0', length], body)],
    ['the same length twice', () => request([length, length])],
    ['a list of lengths', () => request([`${length}, ${body.length}`])],
    ['a length with a sign', () => request([`Content-Length: +${body.length}`])],
    ['a length below nothing', () => request(['Content-Length: -1'])],
    ['a length in hexadecimal', () => request(['Content-Length: 0x10'])],
    ['a length beyond all numbers', () => request([`Content-Length: ${'9'.repeat(30)}`])],
    ['a length with a line break', () => request([`Content-Length:\r\n ${body.length}`])],
    ['a coding that nobody knows', () => request(['Transfer-Encoding: xchunked'], chunked)],
    ['a coding before chunked', () => request(['Transfer-Encoding: gzip, chunked'], chunked + hidden)],
    ['a coding after chunked', () => request(['Transfer-Encoding: chunked, identity'], chunked)],
    ['chunked twice', () => request(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunked)],
    ['identity', () => request(['Transfer-Encoding: identity'])],
    ['a space before the colon', () => request(['Transfer-Encoding : chunked'], chunked)],
    ['a vertical tab before the coding', () => request(['Transfer-Encoding:\x0bchunked'], chunked)],
    ['a coding on the next line', () => request(['Transfer-Encoding:\r\n chunked'], chunked)],
    ['chunks in HTTP/1.0', () => request(['Transfer-Encoding: chunked'], chunked + hidden, 'HTTP/1.0')],
    ['a folded line', () => request(['X-Folded: a', ' b', length])],
    ['a folded line with a tab', () => request(['X-Folded: a', '\tAuthorization: b', length])],
    ['a chunk below nothing', () => request(['Transfer-Encoding: chunked'], `-1\r\n${body}\r\n0\r\n\r\n`)],
    ['a chunk in 0x', () => request(['Transfer-Encoding: chunked'], `0x10\r\n${body}\r\n0\r\n\r\n`)],
    [
      'a chunk beyond all numbers',
      () => request(['Transfer-Encoding: chunked'], `${'f'.repeat(17)}\r\n${body}`),
    ],
    [
      'a chunk longer than it says',
      () => request(['Transfer-Encoding: chunked'], `1\r\n${body}\r\n0\r\n\r\n`),
    ],
    ['line feeds alone', () => request([length]).replaceAll('\r\n', '\n')],
    ['carriage returns alone', () => request([length]).replaceAll('\r\n', '\r')],
    ['a carriage return in a value', () => request(['X: a\rb', length])],
    ['a NUL in a value', () => request(['X: a\0b', length])],
    ['a NUL in a name', () => request(['X\0: a', length])],
    ['two Hosts', () => request(['Host: localhost', length])],
    ['no Host', () => request([length]).replace('Host: localhost\r\n', '')],
    ['no version', () => `GET /healthz\r\n\r\n${hidden}`],
    ['a version to come', () => request([length], body, 'HTTP/3.0')],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['another protocol', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ];
  for (const [what, octets] of cases) {
    test(`with ${what} is refused whole, and the connection ends`, async () => {
      for (const listener of ['public', 'mtls'] as const) {
        const answer = await exchange(listener, octets());
        assert.match(statusOf(answer), /^(400|501|505)$/, answer.slice(0, 200));
        assert.equal(answersIn(answer), 1, answer);
        assert.match(answer, /\r\nConnection: close\r\n/i);
        assert.equal(answer.includes('access_token'), false);
      }
    });
  }
});

test('a head that is too long, or has too many lines, is 431', async () => {
  for (const lines of [
    [`X: ${'a'.repeat(20_000)}`],
    Array.from({ length: 101 }, () => 'X: a'),
    Array.from({ length: 1500 }, (_, index) => `X-${index}: a`),
  ]) {
    const answer = await exchange('public', request([...lines, length, close]));
    assert.equal(statusOf(answer), '431');
    assert.equal(answersIn(answer), 1);
  }
  const long = await exchange('public', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.match(statusOf(long), /^(414|431)$/);
});

test('an Authorization line behind ninety others counts like any other', async () => {
  const many = Array.from({ length: 90 }, () => 'X: a');
  const once = request([...many, length, close]);
  assert.equal(statusOf(await exchange('public', once)), '200');
  const twice = await exchange(
    'public',
    request([...many, `Authorization: ${authorization}`, length, close]),
  );
  assert.equal(statusOf(twice), '400', 'and the second one behind ninety is seen');
});

test('chunk extensions are read over within bounds, and trailers are no headers', async () => {
  const small = `${body.length.toString(16)};a=b\r\n${body}\r\n0\r\n\r\n`;
  assert.equal(
    statusOf(await exchange('public', request(['Transfer-Encoding: chunked', close], small))),
    '200',
  );
  const large = `${body.length.toString(16)};${'a'.repeat(40_000)}\r\n${body}\r\n0\r\n\r\n`;
  assert.equal(statusOf(await exchange('public', request(['Transfer-Encoding: chunked'], large))), '413');
  const trailers = `${body.length.toString(16)}\r\n${body}\r\n0\r\nAuthorization: ${authorization}\r\n\r\n`;
  const without = request(['Transfer-Encoding: chunked', close], trailers);
  const answer = await exchange(
    'public',
    without.replace(`Authorization: ${authorization}\r\nTransfer`, 'Transfer'),
  );
  assert.equal(statusOf(answer), '401');
});

test('pipelined requests are answered each, in their order', async () => {
  const answer = await exchange('public', request([length]) + hidden);
  assert.equal(answersIn(answer), 2);
  assert.ok(answer.indexOf('access_token') < answer.indexOf('{"status":"ok"}'));
});

describe('a client that is slow', () => {
  const slow: [string, () => string][] = [
    ['says nothing', () => ''],
    ['sends half a head', () => 'POST /oauth2/token HTTP/1.1\r\nHos'],
    ['sends half a body', () => request(['Content-Length: 100'], 'grant')],
    ['sends half a chunk', () => request(['Transfer-Encoding: chunked'], '5\r\nab')],
  ];
  for (const [what, octets] of slow) {
    test(`and ${what} is told 408 and let go`, { timeout: 30_000 }, async () => {
      for (const answer of await Promise.all([exchange('public', octets()), exchange('mtls', octets())])) {
        assert.equal(statusOf(answer), '408');
      }
    });
  }

  test('and sends a line of its head now and then is let go all the same', { timeout: 30_000 }, async () => {
    let drip: NodeJS.Timeout | undefined;
    const answer = await exchange('public', 'POST /oauth2/token HTTP/1.1\r\n', (socket) => {
      drip = setInterval(() => socket.write('X: a\r\n'), 100);
    });
    clearInterval(drip);
    assert.equal(statusOf(answer), '408');
  });

  test('and idles after its answer is let go', { timeout: 30_000 }, async () => {
    const answer = await exchange('public', request([length]));
    assert.equal(statusOf(answer), '200');
    assert.equal(answersIn(answer), 1);
  });

  test('and does not even speak TLS is let go', { timeout: 30_000 }, async () => {
    for (const first of ['', '\x16\x03\x01', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n']) {
      const socket = connectPlain({ host: '127.0.0.1', port: house.port('mtls') });
      let received = '';
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('connect', () => socket.write(Buffer.from(first, 'latin1')));
      await new Promise((resolve) => socket.on('close', resolve));
      assert.equal(received.includes('HTTP/'), false);
    }
  });
});

test('paths that there are not are 404 for every listener, and never another path in disguise', async () => {
  for (const path of [
    ...[
      '/',
      '/oauth2',
      '/oauth2/token/',
      '//oauth2/token',
      '/oauth2//token',
      '/OAUTH2/token',
      '/oauth2/token;x',
    ],
    ...[
      '/oauth2/%74oken',
      '/oauth2/../oauth2/token',
      '/x/../oauth2/token',
      '/oauth2/token%00',
      '/oauth2/token%2f',
    ],
    ...[
      '/admin',
      '/nodes/v1',
      '/metrics',
      '/.well-known',
      '/.well-known/oauth-authorization-server/x',
      '/ca/x.crt',
    ],
  ]) {
    for (const listener of ['public', 'mtls'] as const) {
      const answer = await exchange(
        listener,
        `POST ${path} HTTP/1.1\r\nHost: x\r\n${close}\r\nContent-Length: 0\r\n\r\n`,
      );
      assert.equal(statusOf(answer), '404', `${listener} ${path}: ${answer}`);
    }
  }
  for (const target of ['*', 'oauth2/token', 'ftp://localhost/oauth2/token', 'localhost:1']) {
    const answer = await exchange('public', `OPTIONS ${target} HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`);
    assert.equal(statusOf(answer), '400', target);
  }
});

test('methods that an OAuth endpoint does not take are 405 with Allow, and invalid_request', async () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']) {
    for (const endpoint of ['token', 'introspect', 'revoke']) {
      const answer = await house.send('public', `/oauth2/${endpoint}`, { method });
      assert.equal(answer.headers.allow, 'POST', method);
      if (method === 'HEAD') assert.deepEqual([answer.status, answer.text], [405, '']);
      else assertOAuthError(answer, 405, 'invalid_request', method);
    }
  }
  for (const method of ['post', 'FOO', 'GET\t']) {
    assert.equal(
      statusOf(await exchange('public', `${method} /oauth2/token HTTP/1.1\r\nHost: x\r\n\r\n`)),
      '400',
    );
  }
  const tunnel = await exchange('public', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.doesNotMatch(tunnel, /HTTP\/1\.1 2/);
});

test('documents are read by GET and HEAD alone', async () => {
  for (const path of ['/.well-known/oauth-authorization-server', '/oauth2/jwks', '/healthz', '/readyz']) {
    const get = await house.send('public', path);
    const head = await house.send('public', path, { method: 'HEAD' });
    assert.deepEqual([get.status, head.status, head.text], [200, 200, '']);
    assert.equal(head.headers['content-length'], get.headers['content-length']);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await house.send('public', path, { method });
      assert.equal(refused.status, 405, method);
      assert.match(String(refused.headers.allow), /^GET/);
      assert.equal(refused.body['code'], 'method_not_allowed');
    }
  }
});

test('an upgrade is not taken up, and an expectation that is unknown is 417', async () => {
  for (const upgrade of ['websocket', 'h2c', 'TLS/1.3']) {
    const answer = await exchange('public', request(['Connection: Upgrade', `Upgrade: ${upgrade}`, length]));
    assert.equal(statusOf(answer), '200');
  }
  assert.equal(statusOf(await exchange('public', request(['Expect: unicorn', length, close]))), '417');
  assert.equal(statusOf(await exchange('public', request(['Expect: 100-continue', length, close]))), '100');
});
