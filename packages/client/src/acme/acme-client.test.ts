import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { Certificate, createCertificateRequest, createKeySigner } from '@mortise/x509';
import { startTestAcmeServer, type TestAcmeServer } from '../testing/acme-server.ts';
import { createTestAuthority, type TestAuthority } from '../testing/certificates.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { createAccountKey } from './account-key.ts';
import { AcmeClient, type AcmeClientOptions } from './acme-client.ts';
import { retryAfterSeconds } from './retry-after.ts';

let authority: TestAuthority;
let server: TestAcmeServer;
let time: ManualTime;
const clients: AcmeClient[] = [];
beforeEach(async () => {
  authority = await createTestAuthority();
  server = await startTestAcmeServer(authority);
  server.externalKeys.set('kid', hmacKey);
  time = new ManualTime();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server.stop();
});

const hmacKey = Buffer.alloc(32, 7).toString('base64url');
const external = { kid: 'kid', hmacKey };
const identifiers = [{ type: 'dns', value: 'a.example' }] as const;

function client(options: Partial<AcmeClientOptions> = {}): AcmeClient {
  const made = new AcmeClient({
    directoryUrl: server.directoryUrl,
    accountKey: createAccountKey(),
    anchors: authority.ca,
    clock: time.clock,
    wait: time.wait,
    ...options,
  });
  clients.push(made);
  return made;
}

async function csr(): Promise<Buffer> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subjectAltName = [{ type: 'dns', value: 'a.example' }] as const;
  return (
    await createCertificateRequest({ subject: '', signer: createKeySigner(privateKey), subjectAltName })
  ).der;
}

test('a nonce that is refused though it is good is replaced by the one that came with the refusal', async () => {
  let refusals = 0;
  server.refusesNonce = () => {
    refusals += 1;
    return refusals % 3 !== 0;
  };
  const one = client();
  await one.account(external);
  const [leaf] = Certificate.parseAll(await one.obtain({ identifiers, csr: await csr() }));
  assert.deepEqual(leaf?.subjectAltName, identifiers);
  assert.ok(refusals > 8);
});

test('a server that refuses every nonce is given up', async () => {
  server.refusesNonce = () => true;
  await assert.rejects(client().account(external), { name: 'AcmeError', code: 'badNonce' });
});

test('answers that are lost after the act change nothing: one account, one certificate', async () => {
  const lost = new Set(['/new-account', '/new-order', '/finalize', '/certificate', '/order']);
  server.beforeAnswer = ({ path }) => {
    const [, kind] = path.split('/');
    return !lost.delete(`/${kind}`);
  };
  const one = client();
  await time.hurry(one.account(external));
  const chain = await time.hurry(one.obtain({ identifiers, csr: await csr() }));
  assert.equal(Certificate.parseAll(chain)[0]?.fingerprint256, server.issued[0]?.fingerprint256);
  assert.equal(server.issued.length, 1);
  assert.deepEqual([...lost], []);
});

test('an order whose answer was lost has replaced the certificate; the next goes without', async () => {
  const one = client();
  await one.account(external);
  await one.obtain({ identifiers, csr: await csr(), replaces: 'a.b' });
  await one.obtain({ identifiers, csr: await csr(), replaces: 'a.b' });
  const orders = server.requests
    .filter(({ path }) => path === '/new-order')
    .map(({ payload }) => payload.replaces);
  assert.deepEqual(orders, ['a.b', 'a.b', undefined]);
  assert.equal(server.issued.length, 2);
});

test('a server that fails for a moment is asked again after the time that it says', async () => {
  let failures = 2;
  server.beforeAnswer = ({ path }, answer) => {
    if (path !== '/new-account' || failures-- <= 0) return true;
    Object.assign(answer, { status: 503, body: '{}' });
    answer.headers['retry-after'] = '10';
    return true;
  };
  const began = time.now;
  await time.hurry(client().account(external));
  assert.equal(time.now - began, 20_000);
});

test('refusals come with their code, their detail and when to come again', async () => {
  server.beforeAnswer = ({ path }, answer) => {
    if (path !== '/new-account') return true;
    const subproblems = [
      {
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        detail: 'no\u0007',
        identifier: { type: 'dns', value: 'x' },
      },
    ];
    const type = 'urn:ietf:params:acme:error:rateLimited';
    Object.assign(answer, {
      status: 429,
      body: JSON.stringify({ type, detail: 'slow\u001b[2J', subproblems }),
    });
    answer.headers['retry-after'] = new Date(time.now + 90_000).toUTCString();
    return true;
  };
  await assert.rejects(client().account(external), (error: Error & Record<string, unknown>) => {
    assert.equal(error['code'], 'rateLimited');
    assert.equal(error['detail'], 'slow [2J');
    assert.deepEqual(error['subproblems'], [{ code: 'rejectedIdentifier', detail: 'no ', identifier: 'x' }]);
    assert.ok(Number(error['retryAfterSeconds']) >= 89);
    return true;
  });
});

test('a key that is bound already makes no second account', async () => {
  await client().account(external);
  await assert.rejects(client().account(external), { code: 'unauthorized' });
});

const wrongAnswers: [string, string, Record<string, string>][] = [
  ['a directory that is no object', '/directory', { body: '[]' }],
  [
    'a directory with a URL without https',
    '/directory',
    { body: '{"newNonce":"http://x/","newAccount":"https://x/","newOrder":"https://x/"}' },
  ],
  ['an order without a place', '/new-order', { body: '{"status":"ready"}' }],
];
for (const [what, path, change] of wrongAnswers) {
  test(`${what} is server_response_invalid`, async () => {
    const one = client();
    if (path !== '/directory') await one.account(external);
    server.beforeAnswer = (request, answer) => {
      if (request.path === path) {
        Object.assign(answer, change);
        delete answer.headers['location'];
      }
      return true;
    };
    const asked =
      path === '/directory' ? one.account(external) : one.obtain({ identifiers, csr: await csr() });
    await assert.rejects(asked, { code: 'server_response_invalid' });
  });
}

test('an order that is never settled is given up after its time', async () => {
  const one = client({ orderTimeoutSeconds: 30 });
  await one.account(external);
  server.beforeAnswer = ({ path }, answer) => {
    if (/new-order|order/.test(path)) answer.body = answer.body.replace('"ready"', '"processing"');
    return true;
  };
  await assert.rejects(time.hurry(one.obtain({ identifiers, csr: await csr() })), {
    code: 'server_unreachable',
    message: /not settled/,
  });
});

test('an order that has become invalid is refused with its error', async () => {
  const one = client();
  await one.account(external);
  server.beforeAnswer = ({ path }, answer) => {
    if (path === '/new-order') {
      const error = { type: 'urn:ietf:params:acme:error:caa', detail: 'not here' };
      answer.body = JSON.stringify({ ...JSON.parse(answer.body), status: 'invalid', error });
    }
    return true;
  };
  await assert.rejects(one.obtain({ identifiers, csr: await csr() }), { name: 'AcmeError', code: 'caa' });
});

test('renewal information: a window has to end after it starts, and checks are bounded', async () => {
  const one = client();
  await one.account(external);
  const [leaf] = Certificate.parseAll(await one.obtain({ identifiers, csr: await csr() }));
  const start = Math.floor(time.now / 1000) * 1000;
  for (const [retryAfter, expected] of [
    ['1', 60],
    ['7200', 7200],
    ['9999999', 86_400],
    [undefined, 21_600],
  ] as const) {
    server.window = () => ({ start, end: start + 1000, ...(retryAfter !== undefined && { retryAfter }) });
    assert.deepEqual(await one.renewalInfo(leaf!), {
      start,
      end: start + 1000,
      checkAfterSeconds: expected,
      explanationUrl: undefined,
    });
  }
  server.window = () => ({ start, end: start });
  await assert.rejects(one.renewalInfo(leaf!), { code: 'server_response_invalid' });
});

test('wrong options are named', () => {
  assert.throws(() => client({ directoryUrl: 'http://x.example' }), {
    code: 'configuration_invalid',
    message: /directoryUrl/,
  });
  assert.throws(() => client({ anchors: undefined as never }), {
    code: 'configuration_invalid',
    message: /anchors/,
  });
  assert.throws(() => client({ anchors: { fingerprint256: 'x' } }), { code: 'configuration_invalid' });
});

test('Retry-After is a number of seconds or a date', () => {
  const now = Date.UTC(2026, 0, 1);
  for (const [header, expected] of [
    ['120', 120],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60],
    ['Wed, 31 Dec 2025 00:01:00 GMT', 0],
    ['-1', undefined],
    ['1e9', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    [['5', '6'], 5],
  ] as const) {
    assert.equal(retryAfterSeconds(header as string | string[] | undefined, now), expected);
  }
});
