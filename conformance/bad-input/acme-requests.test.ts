/** Requests of ACME that are not what they should be, over the real listener: each is refused, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import type { AcmeClient, Answer, Deviation } from '../../packages/server/src/acme/testing/acme-client.ts';
import { csrFor, openAcme } from '../../packages/server/src/acme/testing/open-acme.ts';
import { certificateFor, prove } from '../../packages/server/src/acme/testing/prove.ts';
import { refused } from '../../packages/server/src/acme/testing/refused.ts';
import { hasNoOrphans, leavesNothing } from './testing/acme-rows.ts';

const house = await openAcme();
const { data, logged, issuer } = house.server;
const stranger = await openAcme();
after(() => {
  assert.doesNotMatch(logged(), /"level":(50|60)/, 'nothing failed inside');
});

const newOrder = (client: AcmeClient, deviation: Deviation): Promise<Answer> =>
  client.post(
    client.directory['newOrder']!,
    { identifiers: [{ type: 'dns', value: 'localhost' }] },
    deviation,
  );

test('an order is made of no request whose nonce, URL, key, algorithm or account is wrong', async () => {
  const [client, other] = [await house.client(), await house.client()];
  const elsewhere = await stranger.client();
  const { newOrder: url, newAccount } = client.directory;
  const used = await client.nonce();
  assert.equal((await client.post(client.kid!, undefined, { header: { nonce: used } })).status, 200);
  const mac = createHmac('sha256', 'key').digest('base64url');
  const cases: [what: string, deviation: Deviation, type: string, status?: number][] = [
    ['a used nonce', { header: { nonce: used } }, 'badNonce'],
    ['no nonce', { header: { nonce: undefined } }, 'badNonce'],
    ['a nonce that is a number', { header: { nonce: 7 } }, 'badNonce'],
    ["another server's nonce", { header: { nonce: await elsewhere.nonce() } }, 'badNonce'],
    ['an invented nonce', { header: { nonce: 'A'.repeat(64) } }, 'badNonce'],
    ['a nonce in another alphabet', { header: { nonce: '+/+/' } }, 'malformed'],
    ['no URL', { header: { url: undefined } }, 'unauthorized', 403],
    ['a URL with a query', { header: { url: `${url}?x` } }, 'unauthorized', 403],
    ["another resource's URL", { header: { url: newAccount } }, 'unauthorized', 403],
    ["another server's URL", { header: { url: elsewhere.directory['newOrder'] } }, 'unauthorized', 403],
    ["another profile's URL", { target: `${issuer}/acme/client/new-order` }, 'unauthorized', 403],
    ['a URL over HTTP', { header: { url: url!.replace('https:', 'http:') } }, 'unauthorized', 403],
    ['both jwk and kid', { header: { jwk: client.jwk } }, 'malformed'],
    ['neither jwk nor kid', { header: { kid: undefined } }, 'malformed'],
    ['jwk where kid is meant', { header: { kid: undefined, jwk: client.jwk } }, 'malformed'],
    ["another's kid", { header: { kid: other.kid } }, 'malformed'],
    ['a kid that nobody has', { header: { kid: `${client.kid}x` } }, 'accountDoesNotExist'],
    ['a kid that is no URL', { header: { kid: client.kid!.split('/').at(-1) } }, 'accountDoesNotExist'],
    ['a kid that is no text', { header: { kid: [client.kid] } }, 'accountDoesNotExist'],
    ['a kid with SQL', { header: { kid: `${client.kid}' OR 1=1` } }, 'accountDoesNotExist'],
    ["another server's kid", { header: { kid: elsewhere.kid } }, 'accountDoesNotExist'],
    ['the algorithm none', { header: { alg: 'none' }, signature: '' }, 'badSignatureAlgorithm'],
    ['a MAC', { header: { alg: 'HS256' }, signature: mac }, 'badSignatureAlgorithm'],
    ['an algorithm that is not taken', { header: { alg: 'ES256K' } }, 'badSignatureAlgorithm'],
    ['the algorithm of another curve', { header: { alg: 'ES384' } }, 'badSignatureAlgorithm'],
    ['no algorithm', { header: { alg: undefined } }, 'badSignatureAlgorithm'],
    ["another's signature", { signature: mac }, 'malformed'],
    ['no signature', { signature: '' }, 'malformed'],
    [
      'a signature in DER',
      { signature: Buffer.from('3006020101020101', 'hex').toString('base64url') },
      'malformed',
    ],
    ['a critical extension', { header: { crit: ['exp'], exp: 1 } }, 'malformed'],
    ['a payload that is not encoded', { header: { b64: false, crit: ['b64'] } }, 'malformed'],
    ['the content type of JSON', { contentType: 'application/json' }, 'malformed', 415],
    ['a request that is too large', { body: `{"payload":"${'A'.repeat(70_000)}"}` }, 'malformed', 413],
    ['a body that is no JSON', { body: '{"protected":' }, 'malformed'],
    ['a body that nests without end', { body: `${'['.repeat(30_000)}` }, 'malformed'],
  ];
  for (const [what, deviation, type, status = 400] of cases) {
    const answer = await leavesNothing(data, () => newOrder(client, deviation));
    assert.equal(answer.json.type, `urn:ietf:params:acme:error:${type}`, `${what}: ${answer.text}`);
    refused(answer, type, status);
    assert.match(String(answer.headers['replay-nonce']), /^[\w-]+$/, what);
  }
  assert.equal((await newOrder(client, {})).status, 201, 'but for what each has wrong it is right');
});

test('no account is made with a key that is weak, of another kind, or not proven', async () => {
  const client = await house.client({ account: false });
  const rsa = (modulusLength: number, publicExponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' });
  const p256 = client.jwk;
  for (const [what, jwk, type] of [
    ['RSA of 1024 bits', rsa(1024), 'badPublicKey'],
    ['RSA with the exponent 3', rsa(2048, 3), 'badPublicKey'],
    [
      'secp256k1',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' }),
      'badPublicKey',
    ],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }, 'badPublicKey'],
    ['a private key', { ...p256, d: p256['x'] }, 'badPublicKey'],
    ['a point beside the curve', { ...p256, y: p256['x'] }, 'badPublicKey'],
    ['coordinates that are too short', { ...p256, x: 'AA' }, 'badPublicKey'],
    [
      "somebody else's key",
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
      'malformed',
    ],
    ['no key', 7, 'badPublicKey'],
  ] as const) {
    const answer = await leavesNothing(data, () =>
      client.post(client.directory['newAccount']!, {}, { header: { jwk } }),
    );
    assert.match(
      String(answer.json.type),
      new RegExp(`:(${type}|badSignatureAlgorithm)$`),
      `${what}: ${answer.text}`,
    );
    assert.equal(answer.status, 400, what);
  }
});

test('a request that is sent again is refused, and does nothing a second time', async () => {
  const client = await house.client();
  const { newOrder: orders, newAuthz, revokeCert, newAccount, keyChange } = client.directory;
  const identifier = { type: 'dns', value: 'localhost' };
  const twice = async (url: string, payload: unknown, signer: AcmeClient = client): Promise<Answer> => {
    const nonce = await signer.nonce();
    const identity = signer.kid === undefined ? { jwk: signer.jwk } : { kid: signer.kid };
    const body = JSON.stringify(signer.jws({ alg: 'ES256', nonce, url, ...identity }, payload));
    const first = await signer.send('POST', url, body);
    assert.ok(first.status < 300, first.text);
    const second = await leavesNothing(data, () => signer.send('POST', url, body));
    refused(second, 'badNonce');
    return first;
  };
  await twice(newAccount!, {}, await house.client({ account: false }));
  await twice(newAuthz!, { identifier: { type: 'dns', value: 'replayed.example' } });
  const order = await twice(orders!, { identifiers: [identifier] });
  await prove(house, client, order.json.authorizations);
  const done = await twice(order.json.finalize, { csr: await csrFor(['localhost']) });
  assert.equal(done.json.status, 'valid');
  const { download } = await certificateFor(house, client, ['localhost']);
  const der = download.text.split('-----')[2]!.replaceAll(/\s/g, '');
  const certificate = Buffer.from(der, 'base64').toString('base64url');
  await twice(revokeCert!, { certificate });
  await twice(order.json.authorizations[0], { status: 'deactivated' });
  const next = await house.client({ account: false });
  const inner = next.jws(
    { alg: 'ES256', url: keyChange, jwk: next.jwk },
    { account: client.kid, oldKey: client.jwk },
  );
  const changed = await twiceSigned(client, keyChange!, inner);
  refused(changed, 'malformed');
  next.kid = client.kid;
  await twice(next.kid!, { contact: ['mailto:a@example.com'] }, next);
});

/** A key change ends the key that signed it, so that what is sent again has a wrong signature before it has an old nonce. */
async function twiceSigned(client: AcmeClient, url: string, payload: unknown): Promise<Answer> {
  const header = { alg: 'ES256', nonce: await client.nonce(), url, kid: client.kid };
  const body = JSON.stringify(client.jws(header, payload));
  assert.equal((await client.send('POST', url, body)).status, 200);
  return leavesNothing(data, () => client.send('POST', url, body));
}

test('of many copies of a request at once one does something', async () => {
  const client = await house.client();
  const url = client.directory['newOrder']!;
  const header = { alg: 'ES256', nonce: await client.nonce(), url, kid: client.kid };
  const identifiers = [{ type: 'dns', value: 'localhost' }];
  const body = JSON.stringify(client.jws(header, { identifiers }));
  const answers = await Promise.all(Array.from({ length: 12 }, () => client.send('POST', url, body)));
  const made = answers.filter(({ status }) => status === 201);
  assert.equal(made.length, 1);
  for (const answer of answers) if (answer.status !== 201) refused(answer, 'badNonce');
  const { json } = await client.post(`${client.kid}/orders`);
  assert.equal(json.orders.length, 1);
});

test('an account that is deactivated can do nothing more, and revokes nothing', async () => {
  const client = await house.client();
  const { order, download } = await certificateFor(house, client, ['localhost']);
  const waiting = await client.order(['localhost']);
  await client.post(client.kid!, { status: 'deactivated' });
  const der = download.text.split('-----')[2]!.replaceAll(/\s/g, '');
  const certificate = Buffer.from(der, 'base64').toString('base64url');
  for (const [url, payload] of [
    [client.kid, { status: 'valid' }],
    [client.directory['newOrder'], { identifiers: [{ type: 'dns', value: 'localhost' }] }],
    [waiting.json.finalize, { csr: await csrFor(['localhost']) }],
    [waiting.json.authorizations[0], undefined],
    [String(order.headers['location']), undefined],
    [client.directory['revokeCert'], { certificate }],
  ] as const) {
    refused(await leavesNothing(data, () => client.post(url!, payload)), 'unauthorized', 401);
  }
});

test('no authorization and no certificate stands without its order', () => {
  hasNoOrphans(data, 1);
});
