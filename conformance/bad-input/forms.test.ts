import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asserting } from '../invariants/testing/assertions.ts';
import { House, payments } from '../invariants/testing/house.ts';
import { basic, type HttpsAnswer, type HttpsRequest } from '../invariants/testing/https-request.ts';
import { assertOAuthError } from './testing/oauth-error.ts';

let house: House;
let secret: string;
let addresses = 0;
const formType = 'application/x-www-form-urlencoded';
const endpoints = ['token', 'introspect', 'revoke'] as const;

before(async () => {
  house = await House.start();
  await house.resource();
  secret = await house.client('billing');
});
after(async () => {
  assert.doesNotMatch(house.logged, /"level":(50|60)/, 'nothing failed inside');
  await house.discard();
});

/** Failures are counted by address, and these are meant to be refused for what they are. */
function anotherAddress(): string {
  addresses += 1;
  return `127.1.${addresses >> 7}.${(addresses & 127) + 1}`;
}

function post(
  endpoint: string,
  body: string | Buffer,
  headers: Record<string, string> = basic('billing', secret),
  more: Partial<HttpsRequest> = {},
): Promise<HttpsAnswer> {
  return house.send('public', `/oauth2/${endpoint}`, {
    method: 'POST',
    body,
    headers: { 'content-type': formType, ...headers },
    localAddress: anotherAddress(),
    ...more,
  });
}

const right = 'grant_type=client_credentials&scope=payments:read&token=x';

test('the requests of this file are right but for what each has wrong', async () => {
  for (const endpoint of endpoints) assert.equal((await post(endpoint, right)).status, 200, endpoint);
});

test('a repeated parameter is invalid_request, known or not, with a value or without', async () => {
  const known = [
    ...['grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'scope'],
    ...['token', 'token_type_hint', 'unknown'],
  ];
  for (const endpoint of endpoints) {
    for (const name of known) {
      for (const twice of [
        `${name}=a&${name}=a`,
        `${name}&${name}`,
        `${name}=a&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=b`,
      ]) {
        const answer = await post(endpoint, `x=1&${twice}`);
        assertOAuthError(answer, 400, 'invalid_request', twice);
      }
    }
  }
});

test('a body of another type is invalid_request', async () => {
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    `${formType}; charset=iso-8859-1`,
    `${formType}, application/json`,
    '',
    ';',
  ]) {
    const answer = await post('token', right, { ...basic('billing', secret), 'content-type': type });
    assertOAuthError(answer, 400, 'invalid_request', type);
  }
  const none = await house.send('public', '/oauth2/token', {
    method: 'POST',
    body: right,
    headers: basic('billing', secret),
  });
  assertOAuthError(none, 400, 'invalid_request', 'no type');
  for (const encoding of ['gzip', 'br', 'identity, gzip']) {
    const headers = { ...basic('billing', secret), 'content-encoding': encoding };
    assertOAuthError(await post('token', right, headers), 400, 'invalid_request', encoding);
  }
});

test('a form that is none is invalid_request', async () => {
  for (const [what, body] of [
    ['bad percent-encoding', 'scope=%'],
    ['bad percent-encoding in a name', '%zz=1'],
    ['half an octet', 'scope=%a'],
    ['NUL, encoded', 'scope=a%00b'],
    ['NUL in the id of a client', 'client_id=billing%00'],
    ['NUL, raw', 'scope=a\0b'],
    ['a line break, raw', 'scope=a\r\nb'],
    ['UTF-8, raw', 'scope=é'],
    ['UTF-8 that is cut', 'scope=%c3'],
    ['UTF-8 that is overlong', 'scope=%c0%af'],
    ['half of a surrogate pair', 'scope=%ed%a0%80'],
    ['octets of no encoding', Buffer.from('73636f70653dff', 'hex')],
    [
      'more parameters than anybody needs',
      Array.from({ length: 200 }, (_, index) => `p${index}=1`).join('&'),
    ],
  ] as const) {
    for (const endpoint of endpoints) {
      assertOAuthError(await post(endpoint, body), 400, 'invalid_request', `${what} at ${endpoint}`);
    }
  }
});

test('a missing parameter is invalid_request, an unknown grant unsupported_grant_type', async () => {
  assertOAuthError(await post('token', ''), 400, 'invalid_request');
  assertOAuthError(await post('token', 'grant_type=&scope=payments:read'), 400, 'invalid_request');
  assertOAuthError(await post('introspect', ''), 400, 'invalid_request');
  assertOAuthError(await post('revoke', 'token='), 400, 'invalid_request');
  for (const grant of [
    'password',
    'authorization_code',
    'CLIENT_CREDENTIALS',
    'client_credentials ',
    '__proto__',
  ]) {
    const answer = await post('token', new URLSearchParams({ grant_type: grant }).toString());
    assertOAuthError(answer, 400, 'unsupported_grant_type', grant);
  }
});

test('a wrong scope is invalid_scope, a wrong resource invalid_target', async () => {
  const ask = (members: Record<string, string>): Promise<HttpsAnswer> =>
    post('token', new URLSearchParams({ grant_type: 'client_credentials', ...members }).toString());
  for (const scope of [
    'other',
    'payments:read other',
    ' payments:read',
    'payments:read  payments:write',
    '"',
    'é',
    '\\',
    'x'.repeat(5000),
  ]) {
    assertOAuthError(await ask({ scope }), 400, 'invalid_scope', JSON.stringify(scope));
  }
  for (const resource of [
    'https://other.example',
    'payments',
    `${payments}#x`,
    `${payments}/`,
    'https://[',
    '/',
    'x'.repeat(5000),
  ]) {
    assertOAuthError(await ask({ scope: 'payments:read', resource }), 400, 'invalid_target', resource);
  }
  const two = `grant_type=client_credentials&scope=payments:read&resource=${payments}&resource=https://b.example`;
  assertOAuthError(await post('token', two), 400, 'invalid_target');
});

test('a parameter in the URL is invalid_request, and none of it is looked at', async () => {
  for (const query of [
    `client_id=billing&client_secret=${secret}`,
    `client%5fsecret=${secret}`,
    'grant_type=client_credentials',
    'scope=payments:read',
  ]) {
    for (const endpoint of endpoints) {
      assertOAuthError(await post(`${endpoint}?${query}`, right), 400, 'invalid_request', query);
    }
  }
});

test('an unknown client and a wrong secret get the same octets, and the challenge that goes with the header', async () => {
  const wrong = await post('token', right, basic('billing', 'wrong'));
  const unknown = await post('token', right, basic('nobody', 'wrong'));
  const unthinkable = await post('token', right, basic('no\u0001body é'.repeat(200), 'wrong'));
  for (const answer of [wrong, unknown, unthinkable]) {
    assertOAuthError(answer, 401, 'invalid_client');
    assert.match(String(answer.headers['www-authenticate']), /^Basic realm="/);
    assert.equal(answer.text, wrong.text);
    assert.deepEqual(Object.keys(answer.headers).sort(), Object.keys(wrong.headers).sort());
  }
  const posted = await post('token', `${right}&client_id=nobody&client_secret=wrong`, {});
  assertOAuthError(posted, 401, 'invalid_client');
  assert.equal(posted.headers['www-authenticate'], undefined);
});

test('an Authorization header that is none is invalid_request, and a scheme that nobody knows invalid_client', async () => {
  const pair = Buffer.from(`billing:${secret}`).toString('base64');
  for (const authorization of [
    'Basic',
    'Basic ',
    'Basic !!!!',
    `Basic ${pair} ${pair}`,
    `Basic ${pair},${pair}`,
    `Basic ${Buffer.from('no colon').toString('base64')}`,
    `Basic ${Buffer.from(':only a secret').toString('base64')}`,
    `Basic ${Buffer.from('billing:%zz').toString('base64')}`,
    `Basic ${Buffer.from('billing:a\0b').toString('base64')}`,
    `Basic ${Buffer.from([0xff, 0x3a, 0x61]).toString('base64')}`,
    `Basic ${Buffer.from(`${'x'.repeat(9000)}`).toString('base64')}`,
    '=',
  ]) {
    const answer = await post('token', right, { authorization });
    assertOAuthError(answer, 400, 'invalid_request', authorization.slice(0, 60));
  }
  for (const authorization of ['Bearer abc', 'Digest username="billing"', 'Negotiate abc', 'x']) {
    assertOAuthError(await post('token', right, { authorization }), 401, 'invalid_client', authorization);
  }
});

test('two ways in one request are invalid_request', async () => {
  const inBody = `${right}&client_id=billing&client_secret=${secret}`;
  assertOAuthError(await post('token', inBody), 400, 'invalid_request', 'header and secret');
  const assertion = new URLSearchParams(asserting('a.b.c')).toString();
  assertOAuthError(
    await post('token', `${right}&${assertion}`),
    400,
    'invalid_request',
    'header and assertion',
  );
  assertOAuthError(
    await post('token', `${inBody}&${assertion}`, {}),
    400,
    'invalid_request',
    'secret and assertion',
  );
  const other = await post('token', `${right}&client_id=other`);
  assertOAuthError(other, 400, 'invalid_request', 'two names');
  const { authorization } = basic('billing', secret);
  const headers = { 'content-type': formType, authorization: [authorization, authorization] };
  const repeated = await house.send('public', '/oauth2/token', { method: 'POST', body: right, headers });
  assertOAuthError(repeated, 400, 'invalid_request', 'the header twice');
});

test('a body over the limit is invalid_request with 413, by its length and by its chunks, however long it goes on', async () => {
  for (const bytes of [65_537, 1_000_000, 8_000_000]) {
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      for (const listener of ['public', 'mtls'] as const) {
        const answer = await house.send(listener, '/oauth2/token', {
          method: 'POST',
          body: Buffer.alloc(bytes, 'a'),
          headers: { 'content-type': formType, ...headers },
        });
        assertOAuthError(answer, 413, 'invalid_request', `${bytes} ${JSON.stringify(headers)}`);
        assert.equal(answer.headers.connection, 'close');
      }
    }
  }
  const filled = `${right}&x=`;
  const largest = await post('token', filled + 'a'.repeat(65_536 - filled.length));
  assert.equal(largest.status, 200, 'the limit itself is no excess');
});

test('repeated failures get 429 with Retry-After, and a right secret passes meanwhile', async () => {
  const localAddress = anotherAddress();
  let limited: HttpsAnswer | undefined;
  for (let failure = 0; failure < 30 && limited === undefined; failure += 1) {
    const answer = await post('token', right, basic('billing', 'wrong'), { localAddress });
    if (answer.status === 429) limited = answer;
    else assertOAuthError(answer, 401, 'invalid_client');
  }
  assert.ok(limited);
  assertOAuthError(limited, 429, 'invalid_client');
  assert.match(String(limited.headers['retry-after']), /^[1-9]\d*$/);
  assert.equal((await post('token', right, basic('billing', secret), { localAddress })).status, 200);
});
