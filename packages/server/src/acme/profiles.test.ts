import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { runCommand } from '../cli/testing/run-command.ts';
import { send } from '../start/testing/running-server.ts';
import { csrFor, openAcme } from './testing/open-acme.ts';
import { certificateFor, prove } from './testing/prove.ts';

const house = await openAcme();
const { server } = house;

async function mortise(...argv: string[]): Promise<void> {
  const result = await runCommand([...argv, '--data', server.data]);
  assert.equal(result.status, 0, result.stderr);
}

async function directory(profile: string) {
  const answer = await send(`${server.issuer}/acme/${profile}/directory`, { ca: server.ca });
  return { status: answer.status, meta: answer.json()['meta'] as Record<string, unknown> | undefined };
}

test('each profile that is for ACME has a directory, the others have none', async () => {
  for (const [profile, bound] of [
    ['client', true],
    ['server', false],
    ['short-lived', true],
  ] as const) {
    const { status, meta } = await directory(profile);
    assert.equal(status, 200);
    assert.equal(meta?.['externalAccountRequired'], bound);
    assert.deepEqual(Object.keys(meta?.['profiles'] as object), [profile]);
  }
  for (const profile of ['spiffe', 'intermediate', 'nothing', 'constructor']) {
    assert.equal((await directory(profile)).status, 404, profile);
  }
});

test('a profile that an administrator makes is served at once, with its lifetime; one that is taken from ACME is gone', async () => {
  assert.equal((await directory('web')).status, 404);
  await mortise('profile', 'create', 'web', '--based-on', 'server', '--default-lifetime-seconds', '3600');
  const client = await house.client({ profile: 'web' });
  const { download } = await certificateFor(house, client, ['localhost']);
  const [leaf] = Certificate.parseAll(download.text);
  assert.ok(leaf!.notAfter < Date.now() + 3_600_001);
  await mortise('profile', 'update', 'web', '--acme', 'false');
  assert.equal((await directory('web')).status, 404);
  assert.equal((await client.order(['localhost'])).status, 404);
});

test('names and keys are held to the profile, by order and at finalize', async () => {
  await mortise(
    ...['profile', 'create', 'narrow', '--based-on', 'server', '--key-type', 'ec-p384'],
    ...['--name-pattern', 'dns:localhost'],
  );
  const client = await house.client({ profile: 'narrow' });
  const refused = await client.order(['localhost', '127.0.0.1']);
  assert.equal(refused.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier', refused.text);
  const order = await client.order(['localhost']);
  await prove(house, client, order.json.authorizations);
  const p256 = await client.post(order.json.finalize, { csr: await csrFor(['localhost']) });
  assert.equal(p256.json.type, 'urn:ietf:params:acme:error:badCSR', p256.text);
  assert.match(p256.json.detail, /ec-p384/);
});

test('where the rules of the authorities allow it to none, there is no order', async () => {
  await mortise('profile', 'create', 'nobodys', '--based-on', 'server');
  await mortise('authority', 'limit', 'main', '--profile', 'server', '--profile', 'client');
  const client = await house.client({ profile: 'nobodys' });
  const answer = await client.order(['localhost']);
  assert.equal(answer.json.type, 'urn:ietf:params:acme:error:unauthorized', answer.text);
  await mortise('authority', 'limit', 'main', '--any-profile');
  assert.equal((await client.order(['localhost'])).status, 201);
});
