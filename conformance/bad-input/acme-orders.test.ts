/** Orders and CSRs that are not what they should be, over the real listener: each is refused, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { after, test } from 'node:test';
import {
  Certificate,
  type CertificateRequestFields,
  createCertificateRequest,
  createKeySigner,
} from '@mortise/x509';
import type { AcmeClient, Answer } from '../../packages/server/src/acme/testing/acme-client.ts';
import { csrFor, openAcme } from '../../packages/server/src/acme/testing/open-acme.ts';
import { certificateFor, prove } from '../../packages/server/src/acme/testing/prove.ts';
import { refused } from '../../packages/server/src/acme/testing/refused.ts';
import { runCommand } from '../../packages/server/src/cli/testing/run-command.ts';
import { hasNoOrphans, leavesNothing } from './testing/acme-rows.ts';

const house = await openAcme();
const { data, logged } = house.server;
after(() => {
  assert.doesNotMatch(logged(), /"level":(50|60)/, 'nothing failed inside');
});

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const dns = (...names: string[]) => names.map((value) => ({ type: 'dns', value }) as const);

async function ready(client: AcmeClient, names: readonly string[] = ['localhost']): Promise<Answer> {
  const order = await client.order(names);
  await prove(house, client, order.json.authorizations);
  return order;
}

/** A CSR for localhost, but for what is given. */
async function request(
  fields: Partial<CertificateRequestFields> = {},
  key: KeyObject = newKey(),
  certified: KeyObject = key,
): Promise<Buffer> {
  // A request for a key that another key signed, where they differ.
  const signer = { ...createKeySigner(key), publicKey: createPublicKey(certified) };
  const { der } = await createCertificateRequest({
    subject: '',
    subjectAltName: dns('localhost'),
    ...fields,
    signer,
  });
  return der;
}

async function mortise(...words: string[]): Promise<void> {
  const result = await runCommand([...words, '--data', data, '--json']);
  assert.equal(result.status, 0, result.stderr);
}

test('a CSR that is not as it should be is a bad one, and its order stays ready', async () => {
  const client = await house.client();
  const other = await house.client();
  const [theirs, revoked, compromised] = [newKey(), newKey(), newKey()];
  await certificateFor(house, other, ['localhost'], {}, theirs);
  const issued = async (key: KeyObject): Promise<Certificate> =>
    Certificate.parse((await certificateFor(house, client, ['localhost'], {}, key)).download.text);
  const certificate = (await issued(revoked)).der.toString('base64url');
  const revocation = await client.post(client.directory['revokeCert']!, { certificate, reason: 1 });
  assert.equal(revocation.status, 200);
  const { fingerprint256 } = await issued(compromised);
  await mortise('certificate', 'revoke', fingerprint256, '--reason', 'key_compromise');

  const rsa = (modulusLength: number, publicExponent = 65_537): KeyObject =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey;
  const good = await request();
  const flipped = Buffer.from(good);
  flipped[flipped.length - 1]! ^= 1;
  const cases: [what: string, csr: Buffer][] = [
    ['a signature that is wrong', flipped],
    ["another key's signature", await request({}, newKey(), newKey())],
    ['bytes behind it', Buffer.concat([good, Buffer.from('00', 'hex')])],
    ['half of it', good.subarray(0, good.length >> 1)],
    ['nothing', Buffer.alloc(0)],
    ['PEM', Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${good.toString('base64')}\n`)],
    ['a certificate', Certificate.parse(house.server.ca).der],
    ['a key of RSA of 1024 bits', await request({}, rsa(1024))],
    ['a key of RSA with the exponent 3', await request({}, rsa(2048, 3))],
    [
      'a key on secp256k1',
      await request({}, newKey(), generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
    ],
    [
      'a key on P-224',
      await request({}, newKey(), generateKeyPairSync('ec', { namedCurve: 'P-224' }).privateKey),
    ],
    ['a key of Ed448', await request({}, newKey(), generateKeyPairSync('ed448').privateKey)],
    ["the account's own key", await request({}, client.key)],
    ["another account's key", await request({}, other.key)],
    ["the key of another account's certificate", await request({}, theirs)],
    ['a key that its holder told to be compromised', await request({}, revoked)],
    ['a key that an administrator told to be compromised', await request({}, compromised)],
    ['no name', await request({ subjectAltName: [], subject: 'O=Nobody' })],
    ['another name', await request({ subjectAltName: dns('other.example') })],
    ['a name beside', await request({ subjectAltName: dns('localhost', 'other.example') })],
    ['the wildcard of the name', await request({ subjectAltName: dns('*.localhost') })],
    [
      'an address beside',
      await request({ subjectAltName: [...dns('localhost'), { type: 'ip', value: '127.0.0.1' }] }),
    ],
    [
      'a URI beside',
      await request({ subjectAltName: [...dns('localhost'), { type: 'uri', value: 'https://a.example' }] }),
    ],
    [
      'a mailbox beside',
      await request({ subjectAltName: [...dns('localhost'), { type: 'email', value: 'a@a.example' }] }),
    ],
    ['a common name that is another', await request({ subject: 'CN=other.example' })],
    ['an organization', await request({ subject: 'CN=localhost,O=Bank' })],
    ['the wish to be an authority', await request({ basicConstraints: { ca: true } })],
    [
      'an unknown extension',
      await request({ extensions: [{ oid: '1.3.6.1.4.1.55555.1', value: Buffer.from('0500', 'hex') }] }),
    ],
    [
      'an unknown critical extension',
      await request({
        extensions: [{ oid: '1.3.6.1.4.1.55555.1', critical: true, value: Buffer.from('0500', 'hex') }],
      }),
    ],
    ['a TLS feature', await request({ tlsFeature: [5] })],
    ['name constraints', await request({ nameConstraints: { permitted: dns('example.com') } })],
    ['CRLs of its own', await request({ crlDistributionPoints: ['http://a.example/crl'] })],
  ];
  const order = await ready(client);
  for (const [what, csr] of cases) {
    const payload = { csr: csr.toString('base64url') };
    const answer = await leavesNothing(data, () => client.post(order.json.finalize, payload));
    assert.equal(answer.json.type, 'urn:ietf:params:acme:error:badCSR', `${what}: ${answer.text}`);
    refused(answer, 'badCSR');
  }
  for (const csr of [undefined, 7, '', good.toString('base64'), [good.toString('base64url')]]) {
    const answer = await leavesNothing(data, () => client.post(order.json.finalize, { csr }));
    assert.match(String(answer.json.type), /:(malformed|badCSR)$/, `${String(csr)}: ${answer.text}`);
    assert.equal(answer.status, 400);
  }
  assert.equal((await client.post(String(order.headers['location']))).json.status, 'ready');
  const habits = await request({
    subject: 'CN=localhost',
    keyUsage: ['keyCertSign'],
    extendedKeyUsage: ['codeSigning'],
    basicConstraints: { ca: false },
  });
  const done = await client.post(order.json.finalize, { csr: habits.toString('base64url') });
  assert.equal(done.json.status, 'valid', done.text);
  const leaf = Certificate.parse((await client.post(done.json.certificate)).text);
  assert.deepEqual([...leaf.keyUsage!], ['digitalSignature'], 'what it asks for as usages has no effect');
  assert.deepEqual(leaf.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1']);
});

test('an order for a name that a profile forbids is refused at once, with the names that are', async () => {
  const flags = ['--name-pattern', 'dns:*.web.example', '--acme', 'true'];
  await mortise('profile', 'create', 'web', '--based-on', 'server', ...flags);
  const client = await house.client({ profile: 'web' });
  for (const [names, forbidden] of [
    [['localhost'], ['localhost']],
    [['a.web.example', 'a.bank.example'], ['a.bank.example']],
    [['*.bank.example'], ['*.bank.example']],
    [['127.0.0.1'], ['127.0.0.1']],
  ] as const) {
    const answer = await leavesNothing(data, () => client.order(names));
    assert.equal(answer.status, 403, answer.text);
    assert.equal(answer.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier');
    const named = answer.json.subproblems.map(
      (one: { identifier: { value: string } }) => one.identifier.value,
    );
    assert.deepEqual(named, forbidden);
  }
  const identifier = { type: 'dns', value: 'localhost' };
  const early = await leavesNothing(data, () => client.post(client.directory['newAuthz']!, { identifier }));
  assert.equal(early.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier', early.text);
  assert.equal((await client.order(['a.web.example'])).status, 201);
});

test('an order for a name beyond the name constraints of whoever would issue it is refused at once', async () => {
  await mortise(
    'profile',
    'create',
    'mesh',
    '--based-on',
    'server',
    '--acme',
    'true',
    '--excluded-name',
    'dns:bank.localhost',
  );
  await mortise(
    ...['authority', 'create', 'mesh', '--profile', 'mesh', '--excluded-name', 'dns:secret.localhost'],
    ...['--permitted-name', 'dns:localhost', '--permitted-name', 'ip:10.0.0.0/8'],
  );
  await mortise(
    'authority',
    'limit',
    'main',
    '--profile',
    'server',
    '--profile',
    'client',
    '--profile',
    'web',
  );
  const client = await house.client({ profile: 'mesh' });
  for (const [names, forbidden] of [
    [['a.example'], ['a.example']],
    [
      ['localhost', 'a.example', 'a.secret.localhost', '11.0.0.1'],
      ['a.example', 'a.secret.localhost', '11.0.0.1'],
    ],
    [
      ['*.example', '*.localhost'],
      ['*.example', '*.localhost'],
    ],
    [['10.1.2.3', 'bank.localhost'], ['bank.localhost']],
  ] as const) {
    const answer = await leavesNothing(data, () => client.order(names));
    assert.equal(answer.status, 403, answer.text);
    assert.equal(answer.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier');
    const { subproblems } = answer.json as { subproblems: { type: string; identifier: { value: string } }[] };
    assert.deepEqual(subproblems.map(({ identifier }) => identifier.value).sort(), [...forbidden].sort());
    for (const { type } of subproblems) assert.equal(type, answer.json.type);
  }
  const identifier = { type: 'dns', value: 'a.example' };
  const early = await leavesNothing(data, () => client.post(client.directory['newAuthz']!, { identifier }));
  assert.equal(early.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier', early.text);
  assert.equal((await certificateFor(house, client, ['localhost'])).download.status, 200);
  // The constraints are those of one intermediate: the next one has its own.
  await mortise('authority', 'create', 'mesh');
  assert.equal((await client.order(['a.example'])).status, 201);
  await mortise('authority', 'limit', 'main', '--any-profile');
});

test('an order that is not ready is not finalized', async () => {
  const client = await house.client();
  const csr = (await request()).toString('base64url');
  const finalize = (order: Answer): Promise<Answer> =>
    leavesNothing(data, () => client.post(order.json.finalize, { csr }));

  const pending = await client.order(['localhost']);
  refused(await finalize(pending), 'orderNotReady', 403);

  const failed = await client.order(['localhost']);
  const [url] = failed.json.authorizations as string[];
  const challenge = (await client.post(url!)).json.challenges.find(
    ({ type }: { type: string }) => type === 'http-01',
  );
  await client.post(challenge.url, {});
  assert.equal((await client.settled(url!)).json.status, 'invalid');
  refused(await finalize(failed), 'orderNotReady', 403);

  const given = await ready(client);
  await client.post(given.json.authorizations[0], { status: 'deactivated' });
  refused(await finalize(given), 'orderNotReady', 403);

  const complete = await certificateFor(house, client, ['localhost']);
  refused(await finalize(complete.order), 'orderNotReady', 403);
  refused(await leavesNothing(data, () => client.post(complete.order.json.finalize)), 'malformed');

  const stranger = await house.client();
  const whole = await ready(client);
  const theirs = await leavesNothing(data, () => stranger.post(whole.json.finalize, { csr }));
  refused(theirs, 'malformed', 404);
});

test('of many finalizations at once, each with another key, one issues, and the others leave nothing', async () => {
  const client = await house.client();
  const order = await ready(client);
  const answers = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const csr = await csrFor(['localhost']);
      const nonce = await client.nonce();
      return client.post(order.json.finalize, { csr }, { header: { nonce } });
    }),
  );
  const issued = answers.filter(({ status }) => status === 200);
  assert.equal(issued.length, 1);
  for (const answer of answers) if (answer.status !== 200) refused(answer, 'orderNotReady', 403);
  const shown = await client.post(String(order.headers['location']));
  assert.equal(shown.json.certificate, issued[0]!.json.certificate);
});

test('no authorization and no certificate stands without its order', () => {
  hasNoOrphans(data);
});
