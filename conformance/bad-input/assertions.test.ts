import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asserting, claimsFor, es256, hs256, jws, signingKey } from '../invariants/testing/assertions.ts';
import { House } from '../invariants/testing/house.ts';
import { basic, type HttpsAnswer } from '../invariants/testing/https-request.ts';
import { assertOAuthError } from './testing/oauth-error.ts';

let house: House;
const key = signingKey();
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
let whole: string;
let addresses = 0;

before(async () => {
  house = await House.start();
  await house.resource();
  await house.client('signer', { token_endpoint_auth_method: 'private_key_jwt', jwks: key.jwks });
  const jwks = { keys: [rsa.publicKey.export({ format: 'jwk' })] };
  await house.client('rsa', { token_endpoint_auth_method: 'private_key_jwt', jwks });
  whole = await house.client('mac', { token_endpoint_auth_method: 'client_secret_jwt' });
});
after(async () => {
  assert.doesNotMatch(house.logged, /"level":(50|60)/, 'nothing failed inside');
  await house.discard();
});

function ask(compact: string, form: Record<string, string> = {}): Promise<HttpsAnswer> {
  addresses += 1;
  const localAddress = `127.2.${addresses >> 7}.${(addresses & 127) + 1}`;
  return house.token('public', { form: { ...asserting(compact), ...form }, localAddress });
}

const signed = (header: object, changes: object = {}, clientId = 'signer'): string =>
  jws({ alg: 'ES256', ...header }, claimsFor(clientId, house.ready.issuer, changes), es256(key.privateKey));

async function refusedAs(reason: string, compact: string, clientId: string, what: string): Promise<void> {
  assertOAuthError(await ask(compact, { client_id: clientId }), 401, 'invalid_client', what);
  assert.equal((await house.reasons(clientId))[0], reason, what);
}

test('the assertions of this file are right but for what each has wrong', async () => {
  assert.equal((await ask(signed({}))).status, 200);
  assert.equal(
    (await ask(jws({ alg: 'HS256' }, claimsFor('mac', house.ready.issuer), hs256(whole)))).status,
    200,
  );
});

test('an assertion out of its time, for another audience, or in another name is refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  const { issuer, mtls } = house.ready;
  for (const [what, changes] of [
    ['expired', { exp: now - 1 }],
    ['without an end', { exp: undefined }],
    ['that lives too long', { exp: now + 3600 }],
    ['whose end is text', { exp: `${now + 60}` }],
    ['whose end is no number', { exp: Number.NaN }],
    ['early', { nbf: now + 120 }],
    ['issued in the future', { iat: now + 120 }],
    ['issued long ago', { iat: now - 3600 }],
    ['for another server', { aud: 'https://elsewhere.example' }],
    ['for no server', { aud: undefined }],
    ['for the token endpoint', { aud: `${issuer}/oauth2/token` }],
    ['for the mtls listener', { aud: mtls }],
    ['for several', { aud: [issuer, 'https://elsewhere.example'] }],
    ['for a list of one', { aud: [issuer] }],
    ['for the issuer with a slash', { aud: `${issuer}/` }],
    ['of another issuer', { iss: 'other' }],
    ['without an issuer', { iss: undefined }],
    ['without an id', { jti: undefined }],
    ['with an empty id', { jti: '' }],
    ['with an endless id', { jti: 'j'.repeat(256) }],
    ['whose id holds NUL', { jti: 'a\0b' }],
    ['whose id is half a surrogate pair', { jti: '\ud800' }],
    ['whose id is a number', { jti: 1 }],
  ] as const) {
    await refusedAs('assertion_claim_refused', signed({}, changes), 'signer', what);
  }
});

test('an assertion is accepted once', async () => {
  const compact = signed({});
  assert.equal((await ask(compact)).status, 200);
  await refusedAs('assertion_replayed', compact, 'signer', 'replayed');
});

test('alg none, and an HMAC keyed with the public key, are refused', async () => {
  const claims = claimsFor('signer', house.ready.issuer);
  for (const alg of ['none', 'None', 'NONE', '']) {
    const compact = jws({ alg }, claims, () => Buffer.from('x'));
    await refusedAs('assertion_algorithm_refused', compact, 'signer', alg);
    const empty = `${compact.slice(0, compact.lastIndexOf('.'))}.`;
    await refusedAs('assertion_malformed', empty, 'signer', `${alg}, no signature`);
  }
  for (const [clientId, keys] of [
    ['signer', key.publicKey],
    ['rsa', rsa.publicKey],
  ] as const) {
    for (const octets of [
      keys.export({ format: 'pem', type: 'spki' }) as string,
      (keys.export({ format: 'pem', type: 'spki' }) as string).trim(),
      keys.export({ format: 'der', type: 'spki' }),
      JSON.stringify(keys.export({ format: 'jwk' })),
    ]) {
      const compact = jws({ alg: 'HS256' }, claimsFor(clientId, house.ready.issuer), hs256(octets));
      await refusedAs('assertion_algorithm_refused', compact, clientId, `HS256 as ${clientId}`);
    }
  }
});

test('an algorithm that is not of the key, and a signature of another form, are refused', async () => {
  for (const alg of ['ES384', 'ES512', 'EdDSA', 'RS256', 'PS256']) {
    await refusedAs('assertion_key_unknown', signed({ alg }), 'signer', alg);
  }
  const claims = claimsFor('signer', house.ready.issuer);
  const der = jws({ alg: 'ES256' }, claims, (input) => sign('sha256', Buffer.from(input), key.privateKey));
  await refusedAs('assertion_signature_invalid', der, 'signer', 'DER');
  const zero = jws({ alg: 'ES256' }, claims, () => Buffer.alloc(64));
  await refusedAs('assertion_signature_invalid', zero, 'signer', 'zeroes');
  const rs = jws({ alg: 'RS256' }, claimsFor('rsa', house.ready.issuer), () => Buffer.alloc(256));
  await refusedAs('assertion_signature_invalid', rs, 'rsa', 'zeroes, RSA');
  for (const alg of ['HS384', 'HS512', 'ES256K', 'RS1', 'dir', '__proto__', 'constructor']) {
    await refusedAs('assertion_algorithm_refused', signed({ alg }), 'signer', alg);
  }
});

test('a header that brings a key, asks for a fetch or changes how the rest is read is refused', async () => {
  const thief = signingKey();
  const brought = thief.publicKey.export({ format: 'jwk' });
  const url = 'https://elsewhere.example/keys';
  for (const [member, value] of [
    ['jwk', brought],
    ['jku', url],
    ['x5u', url],
    ['x5c', ['AAAA']],
    ['crit', ['exp']],
    ['crit', []],
    ['b64', false],
    ['zip', 'DEF'],
    ['enc', 'A128GCM'],
    ['cty', 'JWT'],
    ['p2c', 2_000_000_000],
  ] as const) {
    const header = { alg: 'ES256', [member]: value };
    const claims = claimsFor('signer', house.ready.issuer);
    for (const signer of [key, thief]) {
      const compact = jws(header, claims, es256(signer.privateKey));
      await refusedAs('assertion_header_refused', compact, 'signer', member);
    }
  }
  for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', '', 1]) {
    await refusedAs('assertion_header_refused', signed({ typ }), 'signer', String(typ));
  }
  for (const kid of [1, 'k'.repeat(257), ['a'], {}]) {
    await refusedAs('assertion_header_refused', signed({ kid }), 'signer', JSON.stringify(kid).slice(0, 20));
  }
  for (const kid of ['../../etc/passwd', "' OR 1=1 --", '__proto__', 'other']) {
    await refusedAs('assertion_key_unknown', signed({ kid }), 'signer', kid);
  }
});

test('what is too long, encrypted, compressed or no compact JWS is refused', async () => {
  const compact = signed({});
  const [header, claims, signature] = compact.split('.') as [string, string, string];
  const deep = Buffer.from(`{"alg":"ES256","x":${'['.repeat(3000)}${']'.repeat(3000)}}`).toString(
    'base64url',
  );
  for (const [what, text] of [
    ['empty parts', '..'],
    ['two parts', `${header}.${claims}`],
    ['four parts', `${compact}.x`],
    ['five parts, as a JWE', `${header}.${claims}.${signature}.${claims}.${signature}`],
    ['JSON serialization', JSON.stringify({ protected: header, payload: claims, signature })],
    ['padding', `${header}=.${claims}.${signature}`],
    ['base64 instead of base64url', `${header}.${claims}.${'+/'.repeat(43)}`],
    ['white space', ` ${compact}`],
    ['a line break', `${header}\n.${claims}.${signature}`],
    ['a header that is no object', `${Buffer.from('[]').toString('base64url')}.${claims}.${signature}`],
    ['a header that is no JSON', `${Buffer.from('{alg').toString('base64url')}.${claims}.${signature}`],
    [
      'a header that is no UTF-8',
      `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${claims}.${signature}`,
    ],
    ['claims that are no object', `${header}.${Buffer.from('"x"').toString('base64url')}.${signature}`],
    [
      'octets that were deflated',
      `${header}.${Buffer.from('789cabaeae05000169 00'.replace(' ', ''), 'hex').toString('base64url')}.${signature}`,
    ],
    ['a header without end', signed({ x: 'a'.repeat(9_000) })],
    ['claims without end', signed({}, { x: 'a'.repeat(9_000) })],
    ['sixty thousand dots', '.'.repeat(60_000)],
    ['only an alg', `${Buffer.from('{"alg":1}').toString('base64url')}.${claims}.${signature}`],
  ] as const) {
    await refusedAs('assertion_malformed', text, 'signer', what);
  }
  assertOAuthError(await ask(`${deep}.${claims}.${signature}`), 401, 'invalid_client', 'nested header');
});

test('an assertion beside another name, of another type, or without its type is invalid_request', async () => {
  assertOAuthError(await ask(signed({}), { client_id: 'mac' }), 400, 'invalid_request', 'another name');
  const type = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer';
  assertOAuthError(await ask(signed({}), { client_assertion_type: type }), 400, 'invalid_request', type);
  assertOAuthError(await ask(signed({}), { client_assertion_type: '' }), 400, 'invalid_request', 'no type');
  assertOAuthError(await ask(''), 400, 'invalid_request', 'nothing but the type');
  const beside = { form: asserting(signed({})), headers: basic('signer', 'x') };
  assertOAuthError(await house.token('public', beside), 400, 'invalid_request', 'beside a header');
});

test('an assertion in the name of a client that there is not, or that has no keys, is refused alike', async () => {
  await house.client('keyless');
  const answers = [
    await ask(signed({}, {}, 'nobody')),
    await ask(signed({}, {}, 'keyless')),
    await ask(signed({}, { sub: 'no such id at all' })),
    await ask(jws({ alg: 'ES256' }, claimsFor('signer', house.ready.issuer), es256(signingKey().privateKey))),
  ];
  for (const answer of answers) {
    assertOAuthError(answer, 401, 'invalid_client');
    assert.equal(answer.text, answers[0]!.text);
  }
});
