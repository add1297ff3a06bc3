import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asserting, claimsFor, es256, jws, signingKey } from './testing/assertions.ts';
import { certify, identityOf, type Keyed } from './testing/certificates.ts';
import { House } from './testing/house.ts';
import { basic, bearer, type HttpsAnswer, type Identity } from './testing/https-request.ts';

let house: House;
before(async () => {
  house = await House.start();
  await house.resource();
});
after(async () => {
  assert.doesNotMatch(house.logged, /"level":(50|60)/, 'nothing failed inside');
  await house.discard();
});

let addresses = 0;
const anotherAddress = (): string => `127.0.8.${++addresses}`;

/** The status at everything that looks at a certificate; `closed` where TLS itself did not let it in. */
async function statusesOf(identity: Identity, clientId: string): Promise<(number | 'closed')[]> {
  const headers = bearer(await house.administratorToken());
  const answers: Promise<HttpsAnswer>[] = [
    house.token('mtls', { identity, localAddress: anotherAddress(), form: { client_id: clientId } }),
    house.send('mtls', '/nodes/v1/feed', { identity }),
    house.send('mtls', '/admin/v1/clients', { identity, headers }),
  ];
  return Promise.all(
    answers.map((answer) =>
      answer.then(
        ({ status }) => status,
        () => 'closed' as const,
      ),
    ),
  );
}

test('invariant 10: a certificate full of nonsense is a refusal and nothing worse', async () => {
  await house.certified('target');
  const extension = (oid: string, hex: string): { oid: string; value: Buffer } => ({
    oid,
    value: Buffer.from(hex, 'hex'),
  });
  const nested = Buffer.concat(Array.from({ length: 40 }, () => Buffer.from('3080', 'hex')));
  const strange: [string, Parameters<typeof certify>[1]][] = [
    ['a subjectAltName that is no DER', { raw: [extension('2.5.29.17', 'ffffffff')] }],
    ['a subjectAltName that is empty', { raw: [extension('2.5.29.17', '3000')] }],
    ['a subjectAltName longer than it is', { raw: [extension('2.5.29.17', '3084ffffffff')] }],
    ['an address of three octets', { raw: [extension('2.5.29.17', '30058703010203')] }],
    ['indefinite lengths, forty deep', { raw: [{ oid: '2.5.29.17', value: nested }] }],
    ['a name with NUL', { raw: [extension('2.5.29.17', '30088606610062006300')] }],
    [
      'two thousand names',
      {
        names: Array.from(
          { length: 2000 },
          (_, index) => ({ type: 'dns', value: `n${index}.example` }) as const,
        ),
      },
    ],
    ['constraints on names that are none', { raw: [extension('2.5.29.30', '30030101ff')] }],
  ];
  for (const [what, options] of strange) {
    const leaf = await certify('CN=strange', options);
    const statuses = await statusesOf(identityOf(leaf), 'target');
    assert.deepEqual(statuses, [401, 403, 401], what);
  }
});

test('invariant 10: keys of every kind and size are refused or let in, and never a failure', async () => {
  const keys: [string, KeyObject][] = [
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
    ['RSA 1024', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
    ['Ed448', generateKeyPairSync('ed448').privateKey],
  ];
  let tried = 0;
  for (const [what, privateKey] of keys) {
    let leaf: Keyed;
    try {
      leaf = await certify('CN=strange key', { privateKey });
    } catch {
      continue; // as above
    }
    tried += 1;
    for (const status of await statusesOf(identityOf(leaf), 'target')) {
      assert.ok(['closed', 401, 403].includes(status), `${what}: ${status}`);
    }
  }
  assert.ok(tried >= 4);
});

test('invariant 10: a chain of any length, loops and twins costs a bounded search', async () => {
  const root = await certify('CN=Long Root', { ca: true });
  const name = { type: 'dns', value: 'long.example' } as const;
  await house.client('long', {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: name.value,
    tls_client_auth_trust_anchors: [root.certificate.toPem()],
  });
  const status = async (leaf: Keyed, ...behind: Keyed[]): Promise<number | 'closed'> =>
    (await statusesOf(identityOf(leaf, ...behind), 'long'))[0]!;

  const chain = [root];
  for (let depth = 0; depth < 60; depth += 1) {
    chain.push(await certify(`CN=CA ${depth}`, { ca: true, issuer: chain.at(-1)! }));
  }
  const deep = await certify('CN=deep', { issuer: chain.at(-1)!, names: [name] });
  assert.equal(await status(deep, ...chain.toReversed()), 401, 'sixty authorities deep');

  // Ten CAs of one name that certify each other: every path is a loop, and there are very many.
  const keys = Array.from(
    { length: 10 },
    () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  );
  const twins: Keyed[] = [];
  for (const privateKey of keys) {
    for (const issuerKey of keys.slice(0, 4)) {
      const issuer = await certify('CN=Twin', { ca: true, privateKey: issuerKey });
      twins.push(await certify('CN=Twin', { ca: true, privateKey, issuer }));
    }
  }
  const lost = await certify('CN=lost', { issuer: twins[0]!, names: [name] });
  assert.equal(await status(lost, ...twins), 401, 'in a maze of twins');

  const near = await certify('CN=CA near', { ca: true, issuer: root });
  const found = await certify('CN=found', { issuer: near, names: [name] });
  assert.equal(await status(found, near), 200, 'and a plain path is found as ever');
});

test('invariant 10: names and numbers without end in requests stay requests', {
  timeout: 120_000,
}, async () => {
  const secret = await house.client('steady');
  const key = signingKey();
  const endless: Promise<HttpsAnswer>[] = [];
  for (let index = 0; index < 160; index += 1) {
    const localAddress = `127.3.${index >> 7}.${(index & 127) + 1}`;
    const clientId = `nobody-${index}-${'x'.repeat(index)}`;
    const { issuer } = house.ready;
    const claims = claimsFor('nobody', issuer, { sub: `n${index}`, deep: '['.repeat(index) });
    endless.push(
      house.token('public', { headers: basic(clientId, 'y'.repeat(index * 10)), localAddress }),
      house.token('public', { form: { client_id: clientId, client_secret: 'z' }, localAddress }),
      house.token('public', {
        form: asserting(jws({ alg: 'ES256' }, claims, es256(key.privateKey))),
        localAddress,
      }),
    );
    if (endless.length >= 60) {
      for (const { status } of await Promise.all(endless.splice(0))) assert.equal(status, 401);
      assert.equal((await house.token('public', { headers: basic('steady', secret) })).status, 200);
    }
  }
});

test('invariant 10: an access token that is too long, nested or none is refused as invalid_token', async () => {
  const { administrator: identity } = house;
  const [header, claims, signature] = (await house.administratorToken()).split('.') as [
    string,
    string,
    string,
  ];
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  for (const token of [
    'x',
    '..',
    `${header}.${claims}`,
    `${header}.${claims}.`,
    `${header}.${claims}.${signature}.${signature}`,
    `${header}.${claims}.${signature}A`,
    `${encode('{"alg":"none","typ":"at+jwt"}')}.${claims}.${signature}`,
    `${encode('{"alg":"HS256","typ":"at+jwt"}')}.${claims}.${signature}`,
    `${encode('{"alg":"ES256","typ":"JWT"}')}.${claims}.${signature}`,
    `${encode('{"alg":"ES256","typ":"at+jwt","kid":"../x"}')}.${claims}.${signature}`,
    `${encode('{"alg":"ES256","typ":"at+jwt","jwk":{}}')}.${claims}.${signature}`,
    `${encode(`{"alg":"ES256","x":${'['.repeat(2000)}${']'.repeat(2000)}}`)}.${claims}.${signature}`,
    `${header}.${encode('{}')}.${signature}`,
    'a'.repeat(12_000),
    `${'a.'.repeat(4000)}a`,
  ]) {
    const answer = await house.send('mtls', '/admin/v1/clients', { identity, headers: bearer(token) });
    assert.equal(answer.status, 401, token.slice(0, 60));
    assert.match(String(answer.headers['www-authenticate']), /error="invalid_token"/);
    const form = { client_id: 'admin', token };
    const told = await house.send('mtls', '/oauth2/introspect', { identity, form });
    assert.deepEqual([told.status, told.body], [200, { active: false }]);
    assert.equal((await house.send('mtls', '/oauth2/revoke', { identity, form })).status, 200);
  }
});
