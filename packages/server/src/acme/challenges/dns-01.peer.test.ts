import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type DnsServer, startDnsServer } from '../testing/dns-server.ts';
import { missing } from '../testing/installed.ts';
import { csrFor, openAcme } from '../testing/open-acme.ts';

const skip = missing('pebble-challtestsrv');
// Nothing runs then that could miss it.
const dns = skip === false ? await startDnsServer() : (undefined as unknown as DnsServer);
const house = await openAcme(skip === false ? { acmeNameServer: dns.address } : {});

test('dns-01 proves a name and its wildcard by the TXT record of each', { skip }, async () => {
  const client = await house.client();
  const names = ['a.example', '*.a.example'];
  const order = await client.order(names);
  for (const url of order.json.authorizations as string[]) {
    const { json } = await client.post(url);
    const challenge = json.challenges.find(({ type }: { type: string }) => type === 'dns-01');
    const keyAuthorization = `${challenge.token}.${client.thumbprint}`;
    await dns.setText('_acme-challenge.a.example.', 'another');
    await dns.setText(
      '_acme-challenge.a.example.',
      createHash('sha256').update(keyAuthorization).digest('base64url'),
    );
    await client.post(challenge.url, {});
    const settled = await client.settled(url);
    assert.equal(settled.json.status, 'valid', settled.text);
  }
  const done = await client.post(order.json.finalize, { csr: await csrFor(names) });
  assert.equal(done.json.status, 'valid', done.text);
});

test('dns-01 says that there is no record, or only others', { skip }, async () => {
  const client = await house.client();
  const order = await client.order(['none.example', 'other.example']);
  await dns.setText('_acme-challenge.other.example.', 'another');
  const types: string[] = [];
  for (const url of order.json.authorizations as string[]) {
    const { json } = await client.post(url);
    await client.post(json.challenges.find(({ type }: { type: string }) => type === 'dns-01').url, {});
    types.push((await client.settled(url)).json.challenges[0].error.type);
  }
  assert.deepEqual(types, ['urn:ietf:params:acme:error:dns', 'urn:ietf:params:acme:error:incorrectResponse']);
});
