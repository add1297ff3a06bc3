import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { Certificate, validatePath } from '@mortise/x509';
import { csrFor, openAcme } from './testing/open-acme.ts';
import { certificateFor, prove } from './testing/prove.ts';

const house = await openAcme();

test('an order goes from pending to a certificate that validates', async () => {
  const client = await house.client();
  const order = await client.order(['localhost', '127.0.0.1']);
  assert.equal(order.status, 201);
  assert.equal(order.json.status, 'pending');
  assert.equal(order.json.profile, 'server');
  const url = order.headers['location'] as string;
  const early = await client.post(order.json.finalize, { csr: await csrFor(['localhost', '127.0.0.1']) });
  assert.equal(early.json.type, 'urn:ietf:params:acme:error:orderNotReady');
  await prove(house, client, order.json.authorizations);
  assert.equal((await client.post(url)).json.status, 'ready');
  const done = await client.post(order.json.finalize, { csr: await csrFor(['127.0.0.1', 'localhost']) });
  assert.equal(done.json.status, 'valid', done.text);
  assert.equal((await client.post(url)).json.certificate, done.json.certificate);
  const { text, headers } = await client.post(done.json.certificate);
  assert.equal(headers['content-type'], 'application/pem-certificate-chain');
  const chain = Certificate.parseAll(text);
  const verdict = await validatePath({
    leaf: chain[0]!,
    certificates: chain.slice(1),
    anchors: [house.server.ca],
    at: new Date(),
    purpose: 'serverAuth',
    name: { type: 'dns', value: 'localhost' },
  });
  assert.equal(verdict.valid, true);
  assert.equal(new X509Certificate(text).checkIP('127.0.0.1'), '127.0.0.1');
  const again = await client.post(order.json.finalize, { csr: await csrFor(['localhost', '127.0.0.1']) });
  assert.equal(again.json.type, 'urn:ietf:params:acme:error:orderNotReady');
});

test('the alternate chain goes on to the root', async () => {
  const client = await house.client();
  const { download } = await certificateFor(house, client, ['localhost']);
  const links = [download.headers['link']].flat().join(', ');
  const alternate = /<([^>]+)>;rel="alternate"/.exec(links)?.[1];
  const other = await client.post(alternate!);
  assert.equal(Certificate.parseAll(other.text).length, Certificate.parseAll(download.text).length + 1);
  assert.equal((await client.post(`${alternate}7`)).status, 404);
});
