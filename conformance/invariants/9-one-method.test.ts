import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { after, before, test } from 'node:test';
import { asserting, claimsFor, es256, hs256, jws, signingKey } from './testing/assertions.ts';
import { certify, identityOf } from './testing/certificates.ts';
import { House, type OAuthCall } from './testing/house.ts';
import { basic, type HttpsAnswer, type Identity } from './testing/https-request.ts';

let house: House;
before(async () => {
  house = await House.start();
  await house.resource();
});
after(() => house.discard());

/** Everything that one client has, by which one or another method could let it in. */
interface Everything {
  readonly secret: string;
  /** Valid under the anchors of the client, and named as its matcher says. */
  readonly identity: Identity;
  readonly selfSigned: Identity;
}

const key = signingKey();
const methods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;
type Method = (typeof methods)[number];

function proof(method: Method, clientId: string, has: Everything): OAuthCall {
  const { issuer } = house.ready;
  switch (method) {
    case 'client_secret_basic':
      return { headers: basic(clientId, has.secret) };
    case 'client_secret_post':
      return { form: { client_id: clientId, client_secret: has.secret } };
    case 'client_secret_jwt':
      return { form: asserting(jws({ alg: 'HS256' }, claimsFor(clientId, issuer), hs256(has.secret))) };
    case 'private_key_jwt':
      return { form: asserting(jws({ alg: 'ES256' }, claimsFor(clientId, issuer), es256(key.privateKey))) };
    case 'tls_client_auth':
      return { identity: has.identity, form: { client_id: clientId } };
    case 'self_signed_tls_client_auth':
      return { identity: has.selfSigned, form: { client_id: clientId } };
  }
}

let addresses = 0;
/** Failures are counted by address, and these are meant to be refused for what they are. */
const anotherAddress = (): string => `127.0.5.${++addresses}`;

for (const registered of methods) {
  test(`invariant 9: a client of ${registered} is let in by that and by nothing else that it has`, async () => {
    const clientId = `only-${registered.replaceAll('_', '-')}`;
    const own = await certify(`CN=${clientId}`);
    const x5c = [own.certificate.der.toString('base64')];
    const selfSigned = { ...own.certificate.publicKey.export({ format: 'jwk' }), x5c };
    const root = await certify('CN=Partner', { ca: true });
    const name = { type: 'dns', value: `${clientId}.example` } as const;
    const leaf = await certify('CN=service', { issuer: root, names: [name] });
    const secret = await house.client(clientId, {
      token_endpoint_auth_method: registered,
      tls_client_auth_san_dns: name.value,
      tls_client_auth_trust_anchors: [root.certificate.toPem()],
      ...(registered === 'private_key_jwt' && { jwks: key.jwks }),
      ...(registered === 'self_signed_tls_client_auth' && { jwks: { keys: [selfSigned] } }),
    });
    const has = { secret, identity: identityOf(leaf, root), selfSigned: identityOf(own) };
    const right = await house.token('mtls', proof(registered, clientId, has));
    assert.equal(right.status, 200, right.text);
    for (const method of methods) {
      if (method === registered) continue;
      const localAddress = anotherAddress();
      const refused = await house.token('mtls', { ...proof(method, clientId, has), localAddress });
      assert.equal(refused.status, 401, `${method}: ${refused.text}`);
      assert.equal(refused.body['error'], 'invalid_client');
    }
  });
}

test('invariant 9: two ways in one request are refused, though each were right', async () => {
  const secret = await house.client('double');
  const twice: OAuthCall[] = [
    { headers: basic('double', secret), form: { client_id: 'double', client_secret: secret } },
    { headers: basic('double', secret), form: asserting('a.b.c') },
    { form: { client_id: 'double', client_secret: secret, ...asserting('a.b.c') } },
  ];
  for (const call of twice) {
    for (const path of ['token', 'introspect', 'revoke']) {
      const form = { grant_type: 'client_credentials', token: 'x', ...call.form };
      const answer = await house.send('public', `/oauth2/${path}`, { ...call, form });
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.body['error'], 'invalid_request');
    }
  }
});

test('invariant 9: the former method of a move ends with its date', async () => {
  const secret = await house.client('mover');
  const until = Math.floor(Date.now() / 1000) + 4;
  await house.administer('PATCH', '/clients/mover', {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: key.jwks,
    previous_token_endpoint_auth_method: 'client_secret_basic',
    previous_token_endpoint_auth_method_expires_at: until,
  });
  const byKey = (): Promise<HttpsAnswer> =>
    house.token('public', {
      form: asserting(jws({ alg: 'ES256' }, claimsFor('mover', house.ready.issuer), es256(key.privateKey))),
    });
  const bySecret = (): Promise<HttpsAnswer> => house.token('public', { headers: basic('mover', secret) });
  assert.deepEqual([(await byKey()).status, (await bySecret()).status], [200, 200]);
  await new Promise((resolve) => setTimeout(resolve, until * 1000 - Date.now() + 1));
  assert.deepEqual([(await byKey()).status, (await bySecret()).status], [200, 401]);
});

test('invariant 9: thousands of failures in the name of a client, from elsewhere or from its own address, never keep it out', async () => {
  const secret = await house.client('victim');
  const owner = signingKey();
  await house.client('victim-key', { token_endpoint_auth_method: 'private_key_jwt', jwks: owner.jwks });
  const identity = await house.certified('victim-tls');
  const wrong = signingKey();
  const attacks: (() => OAuthCall)[] = [
    () => ({ headers: basic('victim', 'wrong') }),
    () => ({ form: { client_id: 'victim', client_secret: 'wrong' } }),
    () => ({ form: { client_id: 'victim-tls' } }),
    () => {
      const claims = claimsFor('victim-key', house.ready.issuer);
      return { form: asserting(jws({ alg: 'ES256' }, claims, es256(wrong.privateKey))) };
    },
  ];
  const rightCredentialsWork = async (localAddress: string): Promise<void> => {
    const assertion = jws(
      { alg: 'ES256' },
      claimsFor('victim-key', house.ready.issuer),
      es256(owner.privateKey),
    );
    for (const call of [
      { headers: basic('victim', secret) },
      { form: asserting(assertion) },
      { identity, form: { client_id: 'victim-tls' } },
    ]) {
      const answer = await house.token('mtls', { ...call, localAddress });
      assert.equal(answer.status, 200, `${localAddress}: ${answer.text}`);
    }
  };
  for (const localAddress of ['127.0.0.2', '127.0.0.1']) {
    const agent = new Agent({ keepAlive: true, maxSockets: 8, localAddress });
    const statuses = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let failure = 0; failure < 250; failure += 1) {
          const { status, headers } = await house.token('public', { ...attacks[failure % 4]!(), agent });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 429) assert.ok(Number(headers['retry-after']) > 0);
        }
      }),
    );
    agent.destroy();
    assert.deepEqual(new Set(statuses.keys()), new Set([401, 429]));
    assert.ok(statuses.get(401)! <= 200, `repeated failures are limited: ${statuses.get(401)} were not`);
    await rightCredentialsWork('127.0.0.1');
    await rightCredentialsWork(localAddress);
  }
  assert.ok(house.logged.length < 1_000_000, 'and they do not fill the log');
});

test('invariant 9: failures are limited for a client that exists and for one that does not alike', async () => {
  await house.client('exists');
  const outcome = async (clientId: string, localAddress: string): Promise<string[]> => {
    const outcomes: string[] = [];
    for (let failure = 0; failure < 24; failure += 1) {
      const { status, text } = await house.token('public', { headers: basic(clientId, 'x'), localAddress });
      outcomes.push(`${status} ${text}`);
    }
    return outcomes;
  };
  const known = await outcome('exists', '127.0.6.1');
  assert.deepEqual(known, await outcome('exists-not', '127.0.6.2'));
  assert.match(known.at(-1)!, /^429 /);
});
