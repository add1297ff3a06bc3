import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Certificate, createCertificateRequest, createKeySigner } from '@mortise/x509';
import { send } from '../start/testing/running-server.ts';
import { AcmeClient } from './testing/acme-client.ts';
import { Enrolments, newKey } from './testing/enrolments.ts';
import { csrFor, openAcme } from './testing/open-acme.ts';
import { certificateFor } from './testing/prove.ts';
import { refused } from './testing/refused.ts';

const house = await openAcme();
const { issuer, mtls, ca } = house.server;
const enrolments = new Enrolments(house);
const type = (answer: { json: { type?: string } }): string =>
  String(answer.json.type).replace('urn:ietf:params:acme:error:', '');
const der = (certificate: Certificate) => ({ certificate: certificate.der.toString('base64url') });

test('a key binds under the profile that it was made for alone', async () => {
  await enrolments.create('brief');
  const enrol = (profile: string) =>
    enrolments.mortise<Awaited<ReturnType<typeof enrolments.create>>>(
      ...['client', 'enrol', 'brief', '--profile', profile],
    );
  const shortLived = await enrol('short-lived');
  assert.equal(shortLived.directory, `${issuer}/acme/short-lived/directory`);
  assert.equal(type((await enrolments.tryToBind(shortLived, 'client')).answer), 'unauthorized');
  assert.equal(type((await enrolments.tryToBind(shortLived, 'server')).answer), 'unauthorized');
  assert.equal(
    type((await enrolments.tryToBind(await enrol('client'), 'short-lived')).answer),
    'unauthorized',
  );
  const client = await enrolments.account(shortLived, 'short-lived');
  const [leaf] = await enrolments.issue(client, shortLived.identifier);
  assert.ok(leaf!.notAfter - leaf!.notBefore <= 25 * 3_600_000);
  assert.deepEqual(leaf!.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
  const shown = await enrolments.mortise<{ credentials: { fingerprint256: string }[] }>(
    ...['client', 'show', 'brief'],
  );
  assert.ok(shown.credentials.some(({ fingerprint256 }) => fingerprint256 === leaf!.fingerprint256));
  for (const profile of ['spiffe', 'intermediate', 'nothing']) {
    await assert.rejects(enrol(profile), /is no profile that has an ACME directory/);
  }
});

test('of many accounts that are bound by one key at once, one is', async () => {
  const enrolment = await enrolments.create('crowded');
  const answers = await Promise.all(Array.from({ length: 6 }, () => enrolments.tryToBind(enrolment)));
  assert.equal(answers.filter(({ answer }) => answer.status === 201).length, 1);
  for (const { answer } of answers) if (answer.status !== 201) refused(answer, 'unauthorized', 403);
});

test('a name is authorized as long as the record of the client says it, and no longer', async () => {
  const enrolment = await enrolments.create('moving', '--tls-client-auth-san-dns', 'old.example');
  const client = await enrolments.account(enrolment);
  const order = await client.order(['old.example']);
  assert.equal(order.json.status, 'ready');
  await enrolments.mortise('client', 'update', 'moving', '--tls-client-auth-san-dns', 'new.example');
  const csr = await csrFor(['old.example']);
  refused(await client.post(order.json.finalize, { csr }), 'rejectedIdentifier', 403);
  assert.equal(type(await client.order(['old.example'])), 'rejectedIdentifier');
  const [leaf] = await enrolments.issue(client, 'new.example');
  assert.deepEqual(leaf!.subjectAltName, [{ type: 'dns', value: 'new.example' }]);
});

test('before an order, too, an account is authorized for the name of its client alone', async () => {
  await enrolments.create('neighbour');
  const { client } = await enrolments.tryToBind(await enrolments.create('early'));
  const authorize = (value: string) =>
    client.post(client.directory['newAuthz']!, { identifier: { type: 'dns', value } });
  assert.equal(type(await authorize('neighbour.clients.localhost')), 'rejectedIdentifier');
  assert.equal(type(await authorize('localhost')), 'rejectedIdentifier');
  const own = await authorize('early.clients.localhost');
  assert.deepEqual([own.status, own.json.status, own.json.challenges], [201, 'valid', []]);
});

test('a request for more than a client may have gets it nothing more', async () => {
  const enrolment = await enrolments.create('greedy');
  const client = await enrolments.account(enrolment);
  const name = enrolment.identifier;
  const request = async (fields: object) => {
    const made = await createCertificateRequest({
      subject: '',
      signer: createKeySigner(newKey()),
      subjectAltName: [{ type: 'dns', value: name }],
      ...fields,
    } as Parameters<typeof createCertificateRequest>[0]);
    const order = await client.order([name]);
    return client.post(order.json.finalize, { csr: made.der.toString('base64url') });
  };
  const dns = { type: 'dns', value: name };
  refused(await request({ basicConstraints: { ca: true } }), 'badCSR');
  for (const other of [
    { type: 'uri', value: `${issuer}/clients/admin` },
    { type: 'uri', value: `${issuer}/clients/greedy` },
    { type: 'email', value: 'root@localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ]) {
    refused(await request({ subjectAltName: [dns, other] }), 'badCSR');
  }
  for (const subject of ['CN=admin', `CN=${name},CN=localhost`])
    refused(await request({ subject }), 'badCSR');
  const asking = await request({ extendedKeyUsage: ['clientAuth', 'serverAuth', 'ocspSigning'] });
  if (asking.status === 200) {
    const [leaf] = Certificate.parseAll((await client.post(asking.json.certificate)).text);
    assert.deepEqual(leaf!.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(leaf!.basicConstraints?.ca, false);
  } else refused(asking, 'badCSR');
});

test("proving a client's name by a challenge makes nobody that client", async () => {
  const enrolment = await enrolments.create('victim', '--tls-client-auth-san-dns', 'localhost');
  const owner = await enrolments.account(enrolment);
  const [certificate] = await enrolments.issue(owner, 'localhost');
  const thief = await house.client();
  const key = newKey();
  const { download } = await certificateFor(house, thief, ['localhost'], {}, key);
  const answer = await send(`${mtls}/oauth2/token`, {
    method: 'POST',
    ca,
    cert: download.text,
    key: key.export({ format: 'pem', type: 'pkcs8' }),
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'victim' }),
  });
  assert.equal(answer.status, 401);
  assert.equal(answer.json()['error'], 'invalid_client');
  refused(await thief.post(thief.directory['revokeCert']!, der(certificate!)), 'unauthorized', 403);
  const other = await enrolments.account(await enrolments.create('rival'));
  refused(await other.post(other.directory['revokeCert']!, der(certificate!)), 'unauthorized', 403);
  assert.equal((await owner.post(owner.directory['revokeCert']!, der(certificate!))).status, 200);
});

test('an account stays bound to its client through a change of its key, and the old key opens nothing', async () => {
  const enrolment = await enrolments.create('turning');
  const client = await enrolments.account(enrolment);
  const directoryUrl = enrolment.directory;
  const next = await new AcmeClient({ directoryUrl, ca }).open();
  const inner = next.jws(
    { alg: 'ES256', url: client.directory['keyChange'], jwk: next.jwk },
    { account: client.kid, oldKey: client.jwk },
  );
  assert.equal((await client.post(client.directory['keyChange']!, inner)).status, 200);
  next.kid = client.kid;
  await enrolments.issue(next, enrolment.identifier);
  refused(await client.order([enrolment.identifier]), 'malformed');
  client.kid = undefined;
  refused(await client.register(), 'externalAccountRequired', 403);
  await enrolments.mortise('client', 'revoke', 'turning');
  refused(await next.order([enrolment.identifier]), 'unauthorized', 401);
});

test('an account of one client does not turn into that of another by another key', async () => {
  const [one, other] = [await enrolments.create('first'), await enrolments.create('second')];
  const client = await enrolments.account(one);
  const { kid } = client;
  client.kid = undefined;
  const again = await client.register({
    externalAccountBinding: client.binding(other.eab_kid, other.eab_hmac_key),
  });
  assert.equal(again.status, 200);
  assert.equal(again.headers['location'], kid);
  assert.equal(type(await client.order([other.identifier])), 'rejectedIdentifier');
  await enrolments.account(other);
});

test('an account that is bound under a profile for servers proves its names like every other', async () => {
  await enrolments.create('web');
  const enrolment = await enrolments.mortise<Awaited<ReturnType<typeof enrolments.create>>>(
    ...['client', 'enrol', 'web', '--profile', 'server'],
  );
  assert.equal(enrolment.identifier, undefined);
  assert.equal(type((await enrolments.tryToBind(enrolment, 'client')).answer), 'unauthorized');
  const client = await enrolments.account(enrolment, 'server');
  for (const name of ['localhost', 'web.clients.localhost']) {
    assert.equal((await client.order([name])).json.status, 'pending', name);
  }
  const { download } = await certificateFor(house, client, ['localhost']);
  const leaf = Certificate.parse(download.text);
  assert.deepEqual(leaf.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.deepEqual(leaf.subjectAltName, [{ type: 'dns', value: 'localhost' }]);
  const shown = await enrolments.mortise<{ credentials: unknown[] }>('client', 'show', 'web');
  assert.deepEqual(shown.credentials, []);
  await enrolments.mortise('client', 'revoke', 'web');
  refused(await client.order(['localhost']), 'unauthorized', 401);
});

test('what a profile authorized for clients is worth nothing once it issues to servers', async () => {
  await enrolments.mortise('profile', 'create', 'turncoat', '--based-on', 'client');
  await enrolments.create('sleeper', '--tls-client-auth-san-dns', 'bank.example');
  const enrolment = await enrolments.mortise<Awaited<ReturnType<typeof enrolments.create>>>(
    ...['client', 'enrol', 'sleeper', '--profile', 'turncoat'],
  );
  const client = await enrolments.account(enrolment, 'turncoat');
  const order = await client.order(['bank.example']);
  assert.equal(order.json.status, 'ready');
  const change = (...flags: string[]) => enrolments.mortise('profile', 'update', 'turncoat', ...flags);
  await assert.rejects(change('--extended-key-usage', 'serverAuth'), /acme must be false/);
  await change('--names', 'request', '--uri', 'none', '--extended-key-usage', 'serverAuth');
  const csr = await csrFor(['bank.example']);
  refused(await client.post(order.json.finalize, { csr }), 'orderNotReady', 403);
  assert.equal((await client.order(['bank.example'])).json.status, 'pending');
});

test('a key that was compromised is certified for nobody, nor by an administrator', async () => {
  const enrolment = await enrolments.create('leaky');
  const client = await enrolments.account(enrolment);
  const key = newKey();
  const [leaf] = await enrolments.issue(client, enrolment.identifier, key);
  await enrolments.mortise('certificate', 'revoke', leaf!.fingerprint256, '--reason', 'key_compromise');
  const request = await createCertificateRequest({ subject: '', signer: createKeySigner(key) });
  const folder = mkdtempSync(join(tmpdir(), 'mortise-compromised-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'request.der'), request.der);
  const issue = enrolments.mortise(
    ...['certificate', 'issue', '--client', 'leaky', '--csr', join(folder, 'request.der')],
    ...['--out', join(folder, 'out')],
  );
  await assert.rejects(issue, /the key is known to be compromised/);
});

test('the accounts of a revoked client are deactivated', async () => {
  const client = await enrolments.account(await enrolments.create('gone'));
  await enrolments.mortise('client', 'revoke', 'gone');
  client.kid = undefined;
  refused(await client.register({ onlyReturnExisting: true }), 'unauthorized', 401);
});

test('an authority that issues to some clients alone takes orders with an end from them', async () => {
  const own = await openAcme();
  const there = new Enrolments(own);
  const [enrolment, other] = [await there.create('some'), await there.create('others')];
  await there.mortise('authority', 'limit', 'main', '--client', 'some');
  const notAfter = new Date(Date.now() + 3_600_000).toISOString();
  const order = await (await there.account(enrolment)).order([enrolment.identifier], { notAfter });
  assert.equal(order.status, 201, order.text);
  refused(await (await there.account(other)).order([other.identifier], { notAfter }), 'unauthorized', 403);
});
