import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { Certificate, createCertificateRequest, createKeySigner } from '@mortise/x509';
import { runCommand } from '../cli/testing/run-command.ts';
import { certificateId } from './certificate-id.ts';
import type { AcmeClient } from './testing/acme-client.ts';
import { csrFor, openAcme } from './testing/open-acme.ts';
import { certificateFor, prove } from './testing/prove.ts';
import { refused } from './testing/refused.ts';

const house = await openAcme();
const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

async function ready(client: AcmeClient, names: readonly string[]) {
  const order = await client.order(names);
  await prove(house, client, order.json.authorizations);
  return order;
}

async function issued(client: AcmeClient, more: object = {}, key?: KeyObject): Promise<Certificate> {
  const { download } = await certificateFor(house, client, ['localhost'], more, key);
  return Certificate.parse(download.text);
}

const revoke = (client: AcmeClient, certificate: Certificate, more: object = {}) =>
  client.post(client.directory['revokeCert']!, {
    certificate: certificate.der.toString('base64url'),
    ...more,
  });

/** Signs with a certificate's key instead of an account's. */
async function withKey(key: KeyObject): Promise<AcmeClient> {
  return house.client({ key, account: false });
}

test('a request for other names than the order is refused, and the order stays ready', async () => {
  const client = await house.client();
  const order = await ready(client, ['localhost', '127.0.0.1']);
  const finalize = (csr: unknown) => client.post(order.json.finalize, { csr });
  for (const names of [
    ['localhost'],
    ['localhost', '127.0.0.1', 'a.example'],
    ['a.example'],
    ['localhost', '::1'],
  ]) {
    refused(await finalize(await csrFor(names)), 'badCSR');
  }
  refused(await finalize(undefined), 'malformed');
  refused(await finalize('not base64url'), 'malformed');
  refused(await finalize(Buffer.from('nothing').toString('base64url')), 'badCSR');
  const common = await createCertificateRequest({
    subject: 'CN=a.example',
    signer: createKeySigner(newKey()),
    subjectAltName: [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ],
  });
  refused(await finalize(common.der.toString('base64url')), 'badCSR');
  const broken = Buffer.from(await csrFor(['localhost', '127.0.0.1']), 'base64url');
  broken[broken.length - 1]! ^= 1;
  refused(await finalize(broken.toString('base64url')), 'badCSR');
  assert.equal((await client.post(String(order.headers['location']))).json.status, 'ready');
  assert.equal((await finalize(await csrFor(['127.0.0.1', 'localhost']))).json.status, 'valid');
});

test('weak keys, keys of accounts and keys of others are not certified', async () => {
  const client = await house.client();
  const order = await ready(client, ['localhost']);
  const finalize = async (key: KeyObject) =>
    client.post(order.json.finalize, { csr: await csrFor(['localhost'], key) });
  refused(await finalize(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), 'badCSR');
  refused(await finalize(client.key), 'badCSR');
  const other = await house.client();
  refused(await finalize(other.key), 'badCSR');
  const key = newKey();
  await issued(other, {}, key);
  refused(await finalize(key), 'badCSR');
  refused(await (await withKey(key)).register(), 'badPublicKey');
  const own = newKey();
  assert.equal((await finalize(own)).status, 200);
  assert.ok(await issued(client, {}, own), 'the same key again, for the same account');
});

test('of two accounts that have one key certified at once one gets the certificate, and the other may order on', async () => {
  const clients = [await house.client(), await house.client()];
  const orders = [await ready(clients[0]!, ['localhost']), await ready(clients[1]!, ['localhost'])];
  const csr = await csrFor(['localhost'], newKey());
  const answers = await Promise.all(
    clients.map((client, index) => client.post(orders[index]!.json.finalize, { csr })),
  );
  const failed = answers.findIndex(({ status }) => status !== 200);
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  refused(answers[failed]!, 'badCSR');
  const { finalize } = orders[failed]!.json;
  const again = await clients[failed]!.post(finalize, { csr: await csrFor(['localhost']) });
  assert.equal(again.json.status, 'valid');
});

test('of many finalizations at once one issues', async () => {
  const client = await house.client();
  const order = await ready(client, ['localhost']);
  const answers = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const nonce = await client.nonce();
      return client.post(order.json.finalize, { csr: await csrFor(['localhost']) }, { header: { nonce } });
    }),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers) if (answer.status !== 200) refused(answer, 'orderNotReady', 403);
});

test('a certificate has the period of its order', async () => {
  const client = await house.client();
  const notBefore = Math.floor(Date.now() / 1000) * 1000 + 60_000;
  const notAfter = notBefore + 5 * 86_400_000;
  const certificate = await issued(client, {
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
  });
  assert.deepEqual([certificate.notBefore, certificate.notAfter], [notBefore, notAfter]);
});

test('a certificate is revoked by its account, once, and for a reason that there is', async () => {
  const client = await house.client();
  const certificate = await issued(client);
  for (const reason of [2, 6, 7, 8, 10, 11, -1, '1']) {
    refused(await revoke(client, certificate, { reason }), 'badRevocationReason');
  }
  assert.equal((await revoke(client, certificate, { reason: 4 })).status, 200);
  const shown = await runCommand([
    ...['certificate', 'show', certificate.fingerprint256, '--data', house.server.data, '--json'],
  ]);
  assert.equal(shown.json()['revocation_reason'], 'superseded');
  refused(await revoke(client, certificate), 'alreadyRevoked');
  refused(await client.post(client.directory['revokeCert']!, { certificate: 'AAAA' }), 'malformed');
  refused(await revoke(client, Certificate.parse(house.server.ca)), 'malformed', 404);
});

test('a certificate is revoked by its key, and that key is then never certified', async () => {
  const client = await house.client();
  const key = newKey();
  const certificate = await issued(client, {}, key);
  refused(await revoke(await withKey(newKey()), certificate), 'unauthorized', 403);
  assert.equal((await revoke(await withKey(key), certificate, { reason: 1 })).status, 200);
  const order = await ready(client, ['localhost']);
  refused(await client.post(order.json.finalize, { csr: await csrFor(['localhost'], key) }), 'badCSR');
});

test('a certificate on hold is revoked for good by who knows more of its key, and is released no more', async () => {
  const client = await house.client();
  const key = newKey();
  const certificate = await issued(client, {}, key);
  const command = (...argv: string[]) => runCommand([...argv, '--data', house.server.data, '--json']);
  const { fingerprint256 } = certificate;
  await command('certificate', 'revoke', fingerprint256, '--reason', 'certificate_hold');
  assert.equal((await revoke(client, certificate, { reason: 1 })).status, 200);
  await command('certificate', 'release', fingerprint256);
  const shown = await command('certificate', 'show', fingerprint256);
  assert.equal(shown.json()['revocation_reason'], 'key_compromise');
  refused(await revoke(client, certificate, { reason: 1 }), 'alreadyRevoked');
  const order = await ready(client, ['localhost']);
  refused(await client.post(order.json.finalize, { csr: await csrFor(['localhost'], key) }), 'badCSR');
});

test('another account revokes a certificate once it has proven all of its names', async () => {
  const certificate = await issued(await house.client());
  const other = await house.client();
  refused(await revoke(other, certificate), 'unauthorized', 403);
  await ready(other, ['localhost']);
  assert.equal((await revoke(other, certificate)).status, 200);
});

test('renewal information is there for every certificate, and is in the past for a revoked one', async () => {
  const client = await house.client();
  const certificate = await issued(client);
  const id = certificateId(certificate)!;
  const { renewalInfo } = client.directory;
  const told = await client.send('GET', `${renewalInfo}/${id}`);
  assert.equal(told.status, 200);
  assert.match(String(told.headers['retry-after']), /^\d+$/);
  const [start, end] = [told.json.suggestedWindow.start, told.json.suggestedWindow.end].map(Date.parse);
  assert.ok(certificate.notBefore < start! && start! < end! && end! < certificate.notAfter);
  for (const [wrong, status] of [
    ['x', 400],
    [`${id}.x`, 400],
    [`AAAA.${id.split('.')[1]}`, 404],
    [`${id.split('.')[0]}.AAAA`, 404],
  ] as const) {
    refused(await client.send('GET', `${renewalInfo}/${wrong}`), 'malformed', status);
  }
  await revoke(client, certificate);
  const after = await client.send('GET', `${renewalInfo}/${id}`);
  assert.ok(Date.parse(after.json.suggestedWindow.end as string) <= Date.now());
});

test('a certificate of a quarter of an hour is not to be renewed as soon as it is there', async () => {
  const client = await house.client();
  const notAfter = Math.floor(Date.now() / 1000) * 1000 + 900_000;
  const certificate = await issued(client, { notAfter: new Date(notAfter).toISOString() });
  const id = certificateId(certificate)!;
  const { json } = await client.send('GET', `${client.directory['renewalInfo']}/${id}`);
  const [start, end] = [json.suggestedWindow.start, json.suggestedWindow.end].map(Date.parse);
  assert.ok(start! > notAfter - 450_000 && start! < end! && end! < notAfter, JSON.stringify(json));
});

test('an order replaces a certificate of its own account, which no other order then does', async () => {
  const client = await house.client();
  const certificate = await issued(client);
  const replaces = certificateId(certificate)!;
  const other = await house.client();
  refused(await other.order(['localhost'], { replaces }), 'unauthorized', 403);
  refused(await client.order(['a.example'], { replaces }), 'malformed');
  refused(await client.order(['localhost'], { replaces: 'x' }), 'malformed');
  refused(await client.order(['localhost'], { replaces: `${replaces.split('.')[0]}.AAAA` }), 'malformed');
  const order = await client.order(['localhost'], { replaces });
  assert.equal(order.status, 201);
  assert.equal(order.json.replaces, replaces);
  refused(await client.order(['localhost'], { replaces }), 'alreadyReplaced', 409);
});
