import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAcme } from './testing/open-acme.ts';
import { refused } from './testing/refused.ts';

const house = await openAcme();

test('orders are for names that a certificate can hold', async () => {
  const client = await house.client();
  const { newOrder } = client.directory;
  const order = (identifiers: unknown, more: object = {}) => client.post(newOrder!, { identifiers, ...more });
  for (const wrong of [undefined, [], 'localhost', [{}], [{ type: 'dns' }], [null]])
    refused(await order(wrong), 'malformed');
  const mixed = await order([
    { type: 'dns', value: 'good.example' },
    { type: 'dns', value: '-bad' },
    { type: 'email', value: 'a@example.com' },
  ]);
  assert.equal(mixed.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier');
  assert.deepEqual(
    mixed.json.subproblems.map(({ type, identifier }: { type: string; identifier: { value: string } }) => [
      type,
      identifier.value,
    ]),
    [
      ['urn:ietf:params:acme:error:rejectedIdentifier', '-bad'],
      ['urn:ietf:params:acme:error:unsupportedIdentifier', 'a@example.com'],
    ],
  );
  for (const value of [
    'a..b',
    '*',
    '*.*.example',
    'a.*.example',
    '1.2.3.4',
    '*.1.2.3.4',
    '0x7f000001',
    '0X7F.1',
    'host.0x',
    'ä.example',
    // The sign of Kelvin, which is a k in lower case.
    'ex\u212ample',
    '',
    `${'a'.repeat(64)}.example`,
  ]) {
    const answer = await order([{ type: 'dns', value }]);
    assert.equal(answer.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier', value);
  }
  for (const value of ['1.2.3', '[::1]', 'localhost', '01.2.3.4']) {
    const answer = await order([{ type: 'ip', value }]);
    assert.equal(answer.json.type, 'urn:ietf:params:acme:error:rejectedIdentifier', value);
  }
  const many = Array.from({ length: 101 }, (_, index) => ({ type: 'dns', value: `a${index}.example` }));
  refused(await order(many), 'rejectedIdentifier', 403);
  refused(await order([{ type: 'dns', value: 'a.example' }], { profile: 'client' }), 'invalidProfile');
  const same = await order([
    { type: 'dns', value: 'A.example' },
    { type: 'dns', value: 'a.EXAMPLE' },
    { type: 'ip', value: '0:0::1' },
  ]);
  assert.deepEqual(same.json.identifiers, [
    { type: 'dns', value: 'a.example' },
    { type: 'ip', value: '::1' },
  ]);
});

test('an order has the period that it was asked for, if there can be one', async () => {
  const client = await house.client();
  const at = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  const inShortMonth = [20, 35, 50, 65, 80].map(at).find((time) => /-(02|04|06|09|11)-/.test(time));
  const noSuchDay = inShortMonth!.replace(/-\d\dT/, '-31T');
  for (const period of [
    { notAfter: at(-1) },
    { notBefore: at(3), notAfter: at(2) },
    { notBefore: at(-9) },
    { notAfter: 'tomorrow' },
    { notAfter: noSuchDay },
    { notAfter: at(9).replace(/T\d\d:\d\d:\d\d/, 'T24:00:00') },
    { notAfter: 7 },
    // A profile's certificate lives a minute to 398 days, and none outlives its authority.
    { notAfter: new Date(Date.now() + 30_000).toISOString() },
    { notBefore: at(1), notAfter: at(400) },
    { notBefore: at(100_000) },
    { notBefore: at(20_000), notAfter: at(20_001) },
  ]) {
    refused(await client.order(['localhost'], period), 'malformed');
  }
  const notAfter = at(9);
  const order = await client.order(['localhost'], { notBefore: at(1), notAfter });
  assert.equal(order.json.notAfter, notAfter.replace(/\.\d+Z/, 'Z'));
});

test('a wildcard is proven by DNS alone, an address never by it', async () => {
  const client = await house.client();
  const order = await client.order(['*.a.example', '127.0.0.1']);
  const [wildcard, address] = await Promise.all(
    (order.json.authorizations as string[]).map(async (url) => (await client.post(url)).json),
  );
  const types = (document: { challenges: { type: string }[] }): string[] =>
    document.challenges.map(({ type }) => type);
  assert.equal(wildcard.wildcard, true);
  assert.deepEqual(wildcard.identifier, { type: 'dns', value: 'a.example' });
  assert.deepEqual(types(wildcard), ['dns-01']);
  assert.equal('wildcard' in address, false);
  assert.deepEqual(types(address), ['http-01', 'tls-alpn-01']);
});

test('an authorization comes before any order, and can be given up', async () => {
  const client = await house.client();
  const ask = (value: string) =>
    client.post(client.directory['newAuthz']!, { identifier: { type: 'dns', value } });
  refused(await ask('*.a.example'), 'malformed');
  const made = await ask('a.example');
  assert.equal(made.status, 201);
  assert.equal(made.json.status, 'pending');
  const url = String(made.headers['location']);
  refused(await client.post(url, { status: 'valid' }), 'malformed');
  assert.equal((await client.post(url, { status: 'deactivated' })).json.status, 'deactivated');
  refused(await client.post(url, { status: 'deactivated' }), 'malformed');
  const order = await client.order(['b.example']);
  await client.post(order.json.authorizations[0], { status: 'deactivated' });
  const failed = await client.post(String(order.headers['location']));
  assert.equal(failed.json.status, 'invalid');
  assert.equal(failed.json.error.type, 'urn:ietf:params:acme:error:unauthorized');
  refused(await client.post(order.json.finalize, { csr: '' }), 'orderNotReady', 403);
});

test('the orders of an account are listed in pages', async () => {
  const client = await house.client();
  const made: string[] = [];
  for (let index = 0; index < 53; index += 1) {
    made.push(String((await client.order([`a${index}.example`])).headers['location']));
  }
  const first = await client.post(`${client.kid}/orders`);
  assert.equal(first.json.orders.length, 50);
  const next = /<([^>]+)>;rel="next"/.exec([first.headers['link']].flat().join(', '))?.[1];
  const second = await client.post(next!);
  assert.deepEqual([...first.json.orders, ...second.json.orders].sort(), made.sort());
  assert.equal(String(second.headers['link']).includes('rel="next"'), false);
});

test('the list of orders leaves out those that are invalid', async () => {
  const client = await house.client();
  const failed = await client.order(['failed.example', 'other.example']);
  const pending = await client.order(['pending.example']);
  await client.post(failed.json.authorizations[0], { status: 'deactivated' });
  assert.equal((await client.post(String(failed.headers['location']))).json.status, 'invalid');
  const { json } = await client.post(`${client.kid}/orders`);
  assert.deepEqual(json.orders, [pending.headers['location']]);
});
