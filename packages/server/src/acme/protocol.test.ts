import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { AcmeClient } from './testing/acme-client.ts';
import { openAcme } from './testing/open-acme.ts';
import { certificateFor } from './testing/prove.ts';
import { refused } from './testing/refused.ts';

const house = await openAcme();
const { issuer } = house.server;

test('the directory names every resource of its profile', async () => {
  const client = await house.client({ account: false });
  const { meta, ...urls } = client.directory as Record<string, unknown>;
  assert.deepEqual(Object.keys(urls).sort(), [
    'keyChange',
    'newAccount',
    'newAuthz',
    'newNonce',
    'newOrder',
    'renewalInfo',
    'revokeCert',
  ]);
  for (const url of Object.values(urls)) assert.ok(String(url).startsWith(`${issuer}/acme/server/`));
  const { externalAccountRequired, profiles } = meta as Record<string, object>;
  assert.equal(externalAccountRequired, false);
  assert.deepEqual(Object.keys(profiles!), ['server']);
  assert.equal((await client.send('GET', `${issuer}/acme/nothing/directory`)).status, 404);
  assert.equal((await client.send('GET', `${issuer}/acme/server/nothing`)).status, 404);
});

test('nonces come by HEAD and GET, uncached, and each answer to a POST has one', async () => {
  const client = await house.client();
  const { newNonce } = client.directory;
  const head = await client.send('HEAD', newNonce!);
  const get = await client.send('GET', newNonce!);
  assert.deepEqual([head.status, get.status], [200, 204]);
  for (const { headers } of [head, get]) {
    assert.match(String(headers['replay-nonce']), /^[A-Za-z0-9_-]+$/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['link'], `<${issuer}/acme/server/directory>;rel="index"`);
  }
  assert.ok((await client.post(client.kid!)).headers['replay-nonce']);
  assert.ok((await client.post(`${client.kid}x`)).headers['replay-nonce']);
});

test('a nonce is good once, and only if it was issued here', async () => {
  const client = await house.client();
  const nonce = await client.nonce();
  assert.equal((await client.post(client.kid!, undefined, { header: { nonce } })).status, 200);
  refused(await client.post(client.kid!, undefined, { header: { nonce } }), 'badNonce');
  for (const wrong of ['', 'x', 'A'.repeat(50), `${await client.nonce()}A`]) {
    const answer = await client.post(client.kid!, undefined, { header: { nonce: wrong } });
    assert.equal(answer.status, 400);
    assert.match(String(answer.json.type), /:(badNonce|malformed)$/);
  }
  refused(await client.post(client.kid!, undefined, { header: { nonce: undefined } }), 'badNonce');
  refused(await client.post(client.kid!, undefined, { header: { nonce: 'not+base64url' } }), 'malformed');
});

test('of many uses of a nonce at once one is the first', async () => {
  const client = await house.client();
  const nonce = await client.nonce();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => client.post(client.kid!, undefined, { header: { nonce } })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...new Array<number>(7).fill(400)]);
});

test('a request is a JWS with one signature, one identity, and the URL that it is sent to', async () => {
  const client = await house.client();
  const kid = client.kid!;
  refused(await client.post(kid, undefined, { header: { jwk: client.jwk } }), 'malformed');
  refused(await client.post(kid, undefined, { header: { kid: undefined } }), 'malformed');
  refused(await client.post(kid, undefined, { header: { kid: undefined, jwk: client.jwk } }), 'malformed');
  refused(await client.post(client.directory['newAccount']!, {}), 'malformed');
  refused(await client.post(kid, undefined, { header: { url: `${kid}/` } }), 'unauthorized', 403);
  refused(await client.post(kid, undefined, { target: `${kid}/orders` }), 'unauthorized', 403);
  refused(await client.post(kid, undefined, { header: { crit: ['x'], x: 1 } }), 'malformed');
  refused(await client.post(kid, undefined, { signature: 'AAAA' }), 'malformed');
  refused(await client.post(kid, undefined, { signature: 'not base64url' }), 'malformed');
  refused(await client.post(kid, undefined, { contentType: 'application/json' }), 'malformed', 415);
  refused(await client.post(kid, undefined, { body: 'x'.repeat(70_000) }), 'malformed', 413);
  for (const body of ['', '{', '[]', 'null', '{}', '{"protected":"","payload":"","signature":""}', '\xff']) {
    refused(await client.post(kid, undefined, { body }), 'malformed');
  }
  const jws = client.jws({ alg: 'ES256', nonce: await client.nonce(), url: kid, kid }, undefined);
  for (const more of [{ header: {} }, { signatures: [] }]) {
    refused(await client.post(kid, undefined, { body: JSON.stringify({ ...jws, ...more }) }), 'malformed');
  }
  assert.equal((await client.send('GET', kid)).status, 405);
  assert.equal((await client.send('GET', kid)).headers['allow'], 'POST');
});

test('only signatures of keys are taken, and only those that fit the key', async () => {
  const client = await house.client();
  for (const alg of ['none', 'HS256', 'RS384', 'ES256K', undefined, 7]) {
    const answer = await client.post(client.kid!, undefined, { header: { alg } });
    assert.deepEqual(answer.json.algorithms, ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA']);
    refused(answer, 'badSignatureAlgorithm');
  }
  const other = await client.post(client.kid!, undefined, { header: { alg: 'RS256' } });
  assert.deepEqual(other.json.algorithms, ['ES256']);
  const mac = createHmac('sha256', 'x').digest('base64url');
  refused(
    await client.post(client.kid!, undefined, { header: { alg: 'HS256' }, signature: mac }),
    'badSignatureAlgorithm',
  );
});

for (const [algorithm, key] of [
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['EdDSA', generateKeyPairSync('ed25519').privateKey],
] as const) {
  test(`an account is made and asked with ${algorithm}`, async () => {
    const client = await house.client({ key, algorithm });
    assert.equal((await client.post(client.kid!)).json.status, 'valid');
  });
}

test('an account is made once, found by its key, changed and deactivated', async () => {
  const client = await house.client({ account: false });
  const { newAccount } = client.directory;
  refused(await client.post(newAccount!, { onlyReturnExisting: true }), 'accountDoesNotExist');
  const made = await client.post(newAccount!, {
    contact: ['mailto:a@example.com'],
    termsOfServiceAgreed: true,
  });
  assert.equal(made.status, 201);
  const found = await client.post(newAccount!, { onlyReturnExisting: true });
  assert.equal(found.status, 200);
  assert.equal(found.headers['location'], made.headers['location']);
  assert.deepEqual(found.json, {
    status: 'valid',
    contact: ['mailto:a@example.com'],
    termsOfServiceAgreed: true,
    orders: `${String(made.headers['location'])}/orders`,
  });
  const kid = String(made.headers['location']);
  client.kid = kid;
  assert.deepEqual((await client.post(kid, { contact: [] })).json.contact, undefined);
  refused(await client.post(kid, { contact: ['tel:1'] }), 'unsupportedContact');
  refused(await client.post(kid, { contact: ['mailto:a@b.example,c@d.example'] }), 'invalidContact');
  refused(await client.post(kid, { contact: 'mailto:a@b.example' }), 'malformed');
  refused(await client.post(kid, { status: 'revoked' }), 'malformed');
  assert.equal((await client.post(kid, { status: 'deactivated' })).json.status, 'deactivated');
  refused(await client.post(kid), 'unauthorized', 401);
  client.kid = undefined;
  refused(await client.post(newAccount!, {}), 'unauthorized', 401);
});

test('an account is no other one', async () => {
  const [one, other] = [await house.client(), await house.client()];
  refused(await one.post(other.kid!), 'malformed', 404);
  refused(await one.post(`${other.kid}/orders`), 'malformed', 404);
  const order = await one.order(['localhost']);
  refused(await other.post(String(order.headers['location'])), 'malformed', 404);
  refused(await other.post(order.json.authorizations[0]), 'malformed', 404);
  refused(await other.post(order.json.finalize, { csr: '' }), 'malformed', 404);
  refused(await one.post(one.kid!, undefined, { header: { kid: other.kid } }), 'malformed');
  refused(await one.post(one.kid!, undefined, { header: { kid: `${one.kid}x` } }), 'accountDoesNotExist');
  const url = one.kid!.replace('/server/', '/client/');
  refused(await one.post(url, undefined, { header: { kid: url } }), 'accountDoesNotExist');
});

test('keys of accounts are good ones', async () => {
  const client = await house.client({ account: false });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  for (const jwk of [
    { kty: 'oct', k: 'AAAA' },
    { ...client.jwk, d: 'AAAA' },
    { ...client.jwk, x: 'AAAA' },
  ]) {
    refused(await client.post(client.directory['newAccount']!, {}, { header: { jwk } }), 'badPublicKey');
  }
  const other = new AcmeClient({
    directoryUrl: `${issuer}/acme/server/directory`,
    ca: house.server.ca,
    key: weak,
    algorithm: 'RS256',
  });
  refused(await (await other.open()).register(), 'badPublicKey');
});

test('a key change is signed by both keys, and ends the old one', async () => {
  const client = await house.client();
  const { keyChange } = client.directory;
  const next = new AcmeClient({ directoryUrl: `${issuer}/acme/server/directory`, ca: house.server.ca });
  const inner = (header: object, payload: object) =>
    next.jws(
      { alg: 'ES256', url: keyChange, jwk: next.jwk, ...header },
      { account: client.kid, oldKey: client.jwk, ...payload },
    );
  refused(await client.post(keyChange!, inner({ url: client.kid }, {})), 'malformed');
  refused(await client.post(keyChange!, inner({ nonce: 'x' }, {})), 'malformed');
  refused(await client.post(keyChange!, inner({ jwk: client.jwk }, {})), 'malformed');
  refused(await client.post(keyChange!, inner({}, { account: `${client.kid}x` })), 'malformed');
  refused(await client.post(keyChange!, inner({}, { oldKey: next.jwk })), 'malformed');
  const taken = await house.client();
  const theirs = taken.jws(
    { alg: 'ES256', url: keyChange, jwk: taken.jwk },
    { account: client.kid, oldKey: client.jwk },
  );
  const conflict = await client.post(keyChange!, theirs);
  refused(conflict, 'malformed', 409);
  assert.equal(conflict.headers['location'], taken.kid);
  assert.equal((await client.post(keyChange!, inner({}, {}))).status, 200);
  refused(await client.post(client.kid!), 'malformed');
  next.directory = client.directory;
  next.kid = client.kid;
  assert.equal((await next.post(client.kid!)).status, 200);
});

test('the key of a certificate does not become the key of an account', async () => {
  const client = await house.client();
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await certificateFor(house, client, ['localhost'], {}, key);
  const directoryUrl = `${issuer}/acme/server/directory`;
  const next = await new AcmeClient({ directoryUrl, ca: house.server.ca, key }).open();
  refused(await next.register(), 'badPublicKey');
  const { keyChange } = client.directory;
  const header = { alg: 'ES256', url: keyChange, jwk: next.jwk };
  const inner = next.jws(header, { account: client.kid, oldKey: client.jwk });
  refused(await client.post(keyChange!, inner), 'badPublicKey');
  assert.equal((await client.post(client.kid!)).status, 200);
});

test('of two key changes of one account at once one is made, the other conflicts', async () => {
  const client = await house.client();
  const { keyChange } = client.directory;
  const directoryUrl = `${issuer}/acme/server/directory`;
  const candidates = Array.from({ length: 4 }, () => new AcmeClient({ directoryUrl, ca: house.server.ca }));
  const nonces = await Promise.all(candidates.map(() => client.nonce()));
  const answers = await Promise.all(
    candidates.map((next, index) =>
      client.post(
        keyChange!,
        next.jws(
          { alg: 'ES256', url: keyChange, jwk: next.jwk },
          { account: client.kid, oldKey: client.jwk },
        ),
        { header: { nonce: nonces[index] } },
      ),
    ),
  );
  const made = answers.findIndex(({ status }) => status === 200);
  for (const [index, answer] of answers.entries()) {
    if (index === made) continue;
    // Who came after the change signed with a key that is no longer the account's.
    if (answer.status !== 400) refused(answer, 'malformed', 409);
  }
  const owner = candidates[made]!;
  owner.directory = client.directory;
  owner.kid = client.kid;
  assert.equal((await owner.post(client.kid!)).status, 200);
});

test('of many accounts that change to one key at once one has it, the others conflict', async () => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => house.client()));
  const directoryUrl = `${issuer}/acme/server/directory`;
  const wanted = await new AcmeClient({ directoryUrl, ca: house.server.ca }).open();
  const answers = await Promise.all(
    clients.map((client) => {
      const { keyChange } = client.directory;
      const header = { alg: 'ES256', url: keyChange, jwk: wanted.jwk };
      return client.post(keyChange!, wanted.jws(header, { account: client.kid, oldKey: client.jwk }));
    }),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers) if (answer.status !== 200) refused(answer, 'malformed', 409);
});

test('changes of an account at once are all made', async () => {
  const client = await house.client();
  const contact = ['mailto:b@example.com'];
  const nonces = await Promise.all(Array.from({ length: 3 }, () => client.nonce()));
  const answers = await Promise.all(
    [{ contact }, { termsOfServiceAgreed: true }, {}].map((payload, index) =>
      client.post(client.kid!, payload, { header: { nonce: nonces[index] } }),
    ),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  const { json } = await client.post(client.kid!);
  assert.deepEqual([json.contact, json.termsOfServiceAgreed], [contact, true]);
});
