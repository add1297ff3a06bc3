import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { runCommand } from '../cli/testing/run-command.ts';
import { send } from '../start/testing/running-server.ts';
import type { AcmeClient } from './testing/acme-client.ts';
import { csrFor, openAcme } from './testing/open-acme.ts';
import { certificateFor } from './testing/prove.ts';

const house = await openAcme();
const { data, issuer, mtls, ca } = house.server;
const mortise = async (...argv: string[]) => {
  const result = await runCommand([...argv, '--data', data, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result.json() as unknown as ClientShown;
};

interface ClientShown {
  readonly enrolment: Enrolment;
  readonly credentials: readonly { readonly fingerprint256: string }[];
}

interface Enrolment {
  readonly directory: string;
  readonly eab_kid: string;
  readonly eab_hmac_key: string;
  readonly identifier: string;
  readonly ca_fingerprints: readonly string[];
  readonly ca: string;
  readonly commands: Readonly<Record<string, string>>;
}

async function create(clientId: string, ...flags: string[]): Promise<Enrolment> {
  const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
  return (await mortise('client', 'create', clientId, ...method, '--enrol', ...flags)).enrolment;
}

async function enrolled(enrolment: Enrolment): Promise<AcmeClient> {
  const client = await house.client({ profile: 'client', account: false });
  const binding = client.binding(enrolment.eab_kid, enrolment.eab_hmac_key);
  const answer = await client.register({ externalAccountBinding: binding });
  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(answer.json.externalAccountBinding, binding);
  return client;
}

async function issue(client: AcmeClient, name: string, key?: KeyObject): Promise<Certificate[]> {
  const order = await client.order([name]);
  assert.equal(order.json.status, 'ready', order.text);
  const done = await client.post(order.json.finalize, { csr: await csrFor([name], key) });
  assert.equal(done.json.status, 'valid', done.text);
  return Certificate.parseAll((await client.post(done.json.certificate)).text);
}

test('registering a client is enrolling it: its ACME certificate gets it a token', async () => {
  const enrolment = await create('billing');
  assert.equal(enrolment.directory, `${issuer}/acme/client/directory`);
  assert.equal(enrolment.identifier, 'billing.clients.localhost');
  assert.equal(enrolment.ca, ca);
  assert.deepEqual(enrolment.ca_fingerprints, [Certificate.parse(ca).fingerprint256]);
  for (const command of Object.values(enrolment.commands)) {
    for (const part of [
      enrolment.directory,
      enrolment.eab_kid,
      enrolment.eab_hmac_key,
      enrolment.identifier,
    ]) {
      assert.ok(command.includes(part), command);
    }
  }
  const client = await enrolled(enrolment);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [leaf, ...chain] = await issue(client, enrolment.identifier, privateKey);
  assert.deepEqual(leaf!.subjectAltName, [
    { type: 'dns', value: 'billing.clients.localhost' },
    { type: 'uri', value: `${issuer}/clients/billing` },
  ]);
  // What lego orders again when it renews, as if it were a DNS name.
  assert.equal(leaf!.subject.toString(), 'CN=billing.clients.localhost');
  assert.deepEqual(leaf!.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
  const shown = await mortise('client', 'show', 'billing');
  assert.deepEqual(
    shown.credentials.map((each) => each.fingerprint256),
    [leaf!.fingerprint256],
  );
  await mortise('resource', 'create', 'https://payments.example', '--scope', 'payments:write');
  await mortise(
    'client',
    'update',
    'billing',
    '--scope',
    'payments:write',
    '--resource',
    'https://payments.example',
  );
  const token = await send(`${mtls}/oauth2/token`, {
    method: 'POST',
    ca,
    cert: [leaf!, ...chain].map((each) => each.toPem()).join(''),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'billing',
      scope: 'payments:write',
    }),
  });
  assert.equal(token.status, 200, token.text);
});

test('an enrolment key makes one account, of its own profile, for whoever has its secret', async () => {
  const enrolment = await create('once');
  const refused = async (profile: string, kid: string, hmac: string, header: object = {}) => {
    const client = await house.client({ profile, account: false });
    const answer = await client.register({ externalAccountBinding: client.binding(kid, hmac, header) });
    return String(answer.json.type).replace('urn:ietf:params:acme:error:', '');
  };
  const { eab_kid: kid, eab_hmac_key: hmac } = enrolment;
  assert.equal(await refused('client', kid, Buffer.alloc(32).toString('base64url')), 'unauthorized');
  assert.equal(await refused('client', 'nobody', hmac), 'unauthorized');
  assert.equal(await refused('server', kid, hmac), 'unauthorized');
  assert.equal(await refused('client', kid, hmac, { alg: 'ES256' }), 'badSignatureAlgorithm');
  assert.equal(await refused('client', kid, hmac, { url: `${issuer}/acme/client/new-order` }), 'malformed');
  assert.equal(await refused('client', kid, hmac, { nonce: 'x' }), 'malformed');
  const other = await house.client({ profile: 'client', account: false });
  const stolen = { externalAccountBinding: (await house.client({ account: false })).binding(kid, hmac) };
  assert.equal((await other.register(stolen)).status, 400);
  await enrolled(enrolment);
  assert.equal(await refused('client', kid, hmac), 'unauthorized');
  const unbound = await house.client({ profile: 'client', account: false });
  const answer = await unbound.register();
  assert.equal(answer.json.type, 'urn:ietf:params:acme:error:externalAccountRequired');
  assert.equal(answer.status, 403);
});

test('an account of a client may order the name of that client and no other', async () => {
  await create('other');
  const client = await enrolled(await create('own'));
  for (const names of [
    ['other.clients.localhost'],
    ['localhost'],
    ['*.own.clients.localhost'],
    ['own.clients.localhost', 'other.clients.localhost'],
    ['127.0.0.1'],
  ]) {
    const answer = await client.order(names);
    assert.equal(answer.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier', names.join());
    assert.equal(answer.json.subproblems.length, 1);
  }
  const order = await client.order(['own.clients.localhost']);
  const csr = await csrFor(['own.clients.localhost', 'other.clients.localhost']);
  assert.equal(
    (await client.post(order.json.finalize, { csr })).json.type,
    'urn:ietf:params:acme:error:badCSR',
  );
});

test('a revoked client has no account any more, and a suspended one not until it is resumed', async () => {
  const client = await enrolled(await create('leaver'));
  const order = await client.order(['leaver.clients.localhost']);
  const csr = await csrFor(['leaver.clients.localhost']);
  await mortise('client', 'suspend', 'leaver');
  const refused = await client.post(order.json.finalize, { csr });
  assert.equal(refused.json.type, 'urn:ietf:params:acme:error:unauthorized');
  await mortise('client', 'resume', 'leaver');
  assert.equal((await client.post(order.json.finalize, { csr })).status, 200);
  await mortise('client', 'revoke', 'leaver');
  for (const answer of [await client.post(client.kid!), await client.order(['leaver.clients.localhost'])]) {
    assert.equal(answer.status, 401);
    assert.equal(answer.json.type, 'urn:ietf:params:acme:error:unauthorized');
  }
  const enrol = await runCommand(['client', 'enrol', 'leaver', '--data', data]);
  assert.equal(enrol.status, 1);
  assert.match(enrol.stderr, /revoked/);
});

test('a client that is no DNS label has a digest for a name; one with a DNS matcher has that', async () => {
  assert.match((await create('Big_One')).identifier, /^id-[0-9a-f]{32}\.clients\.localhost$/);
  const enrolment = await create('named', '--tls-client-auth-san-dns', 'named.example');
  assert.equal(enrolment.identifier, 'named.example');
  const [leaf] = await issue(await enrolled(enrolment), 'named.example');
  assert.deepEqual(leaf!.subjectAltName, [{ type: 'dns', value: 'named.example' }]);
});

test('where every account has to be bound, servers get certificates by keys of their own', async () => {
  const closed = await openAcme({ acmeExternalAccountRequired: true });
  const run = async (...argv: string[]) => {
    const result = await runCommand([...argv, '--data', closed.server.data, '--json']);
    assert.equal(result.status, 0, result.stderr);
    return result.json() as unknown as Enrolment;
  };
  const client = await closed.client({ account: false });
  const meta = client.directory['meta'] as unknown as { externalAccountRequired: boolean };
  assert.equal(meta.externalAccountRequired, true);
  const unbound = await client.register();
  assert.equal(unbound.json.type, 'urn:ietf:params:acme:error:externalAccountRequired');
  await run('client', 'create', 'web');
  const { eab_kid: kid, eab_hmac_key: hmac } = await run('client', 'enrol', 'web', '--profile', 'server');
  const bound = await client.register({ externalAccountBinding: client.binding(kid, hmac) });
  assert.equal(bound.status, 201, bound.text);
  const { download } = await certificateFor(closed, client, ['localhost']);
  assert.equal(download.status, 200);
});
