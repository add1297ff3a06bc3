import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asserting, claimsFor, es256, jws, signingKey } from './testing/assertions.ts';
import { certify, identityOf } from './testing/certificates.ts';
import { House, type OAuthCall, payments } from './testing/house.ts';
import { basic, bearer, type HttpsAnswer } from './testing/https-request.ts';
import { ProtectedApi } from './testing/protected-api.ts';

let house: House;
let api: ProtectedApi;
before(async () => {
  house = await House.start();
  api = await ProtectedApi.start(house);
});
after(async () => {
  await api.close();
  await house.discard();
});

let addresses = 0;
const anotherAddress = (): string => `127.0.7.${++addresses}`;

test('invariant 11: every failure to be the client looks alike from outside, and is told apart inside', async () => {
  const key = signingKey();
  const { issuer } = house.ready;
  const secret = await house.client('known');
  await house.client('with-key', { token_endpoint_auth_method: 'private_key_jwt', jwks: key.jwks });
  const identity = await house.certified('with-certificate');
  const suspendedSecret = await house.client('suspended');
  await house.administer('POST', '/clients/suspended/suspend', {});
  const assertion = (claims: object, header: object = {}, signer = key): OAuthCall => ({
    form: asserting(
      jws({ alg: 'ES256', ...header }, claimsFor('with-key', issuer, claims), es256(signer.privateKey)),
    ),
  });
  const cases: [string, string, OAuthCall][] = [
    ['known', 'secret_wrong', { headers: basic('known', 'wrong') }],
    ['nobody', 'client_unknown', { headers: basic('nobody', secret) }],
    ['suspended', 'client_inactive', { headers: basic('suspended', suspendedSecret) }],
    ['known', 'method_not_registered', { form: { client_id: 'known', client_secret: secret } }],
    ['with-certificate', 'credential_missing', { form: { client_id: 'with-certificate' } }],
    ['known', 'method_not_registered', { identity, form: { client_id: 'known' } }],
    ['with-key', 'assertion_signature_invalid', assertion({}, {}, signingKey())],
    ['with-key', 'assertion_claim_refused', assertion({ exp: 1 })],
    ['with-key', 'assertion_claim_refused', assertion({ aud: 'https://elsewhere.example' })],
    ['with-key', 'assertion_key_unknown', assertion({}, { kid: 'unknown' })],
    [
      'with-certificate',
      'certificate_path_invalid',
      { identity: identityOf(await certify('CN=x')), form: { client_id: 'with-certificate' } },
    ],
    [
      'with-certificate',
      'certificate_of_another_client',
      { identity: await house.certified('other'), form: { client_id: 'with-certificate' } },
    ],
  ];
  for (const [clientId, reason, call] of cases) {
    const answer = await house.token('mtls', { ...call, localAddress: anotherAddress() });
    assert.equal(answer.status, 401, reason);
    const told = { error: 'invalid_client', error_description: 'client authentication failed' };
    assert.deepEqual(answer.body, told, reason);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal((await house.reasons(clientId))[0], reason);
    assert.ok(house.logged.includes(`"code":"${reason}"`), `${reason} stands in the log`);
  }
});

test('invariant 11: why, is told to who may read, and to nobody else', async () => {
  const identity = await house.certified('curious');
  await house.token('mtls', { headers: basic('curious', 'x') });
  const answer = await house.token('mtls', { identity, form: { client_id: 'curious' } });
  const headers = bearer(String(answer.body['access_token']));
  for (const shown of [{}, { headers }, { headers, identity }, { identity }]) {
    const asked = await house.send('mtls', '/admin/v1/clients/curious/refusals', shown);
    assert.equal(asked.status, 401);
    assert.equal(asked.text.includes('secret'), false);
  }
  assert.deepEqual(await house.reasons('curious'), ['method_not_registered']);
});

test("invariant 11: another client's resources and tokens are told from nothing by nobody", async () => {
  const identity = await house.certified('stranger', { scope: '', resources: [] });
  const stranger = (path: string, form: Record<string, string>): Promise<HttpsAnswer> =>
    house.send('mtls', path, { identity, form: { client_id: 'stranger', ...form } });
  const grant = { grant_type: 'client_credentials', scope: 'payments:read' };
  const real = await stranger('/oauth2/token', { ...grant, resource: payments });
  const imagined = await stranger('/oauth2/token', { ...grant, resource: 'https://nothing.example' });
  assert.deepEqual([real.status, real.text], [imagined.status, imagined.text]);
  assert.equal(real.body['error'], 'invalid_target');

  const owner = await house.certified('owner');
  const token = String(
    (await house.token('mtls', { identity: owner, form: { client_id: 'owner' } })).body['access_token'],
  );
  assert.deepEqual((await stranger('/oauth2/introspect', { token })).body, { active: false });
  assert.deepEqual((await stranger('/oauth2/introspect', { token: 'x' })).body, { active: false });
  assert.equal((await api.call(token, { identity: owner })).status, 200);
  await stranger('/oauth2/revoke', { token });
  assert.equal((await api.call(token, { identity: owner })).status, 200, 'nobody ends the token of another');
});

test('invariant 11: an API says no more than RFC 6750 allows, and its log says why', async () => {
  const identity = await house.certified('caller');
  const reader = await house.certified('reader', { scope: 'payments:read' });
  const tokenOf = async (id: string, shown: typeof identity, scope: string): Promise<string> => {
    const answer = await house.token('mtls', { identity: shown, form: { client_id: id, scope } });
    return String(answer.body['access_token']);
  };
  const token = await tokenOf('caller', identity, 'payments:write');
  const [header, claims, signature] = token.split('.') as [string, string, string];
  const forged = `${header}.${claims}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`;
  const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`;
  const cases: [string, number, string | undefined, string | undefined, typeof identity | undefined][] = [
    ['no_token', 401, undefined, undefined, identity],
    ['certificate_missing', 401, 'invalid_token', token, undefined],
    ['certificate_mismatch', 401, 'invalid_token', token, reader],
    ['signature_invalid', 401, 'invalid_token', forged, identity],
    ['algorithm_refused', 401, 'invalid_token', `${none}AA`, identity],
    ['token_malformed', 401, 'invalid_token', 'x', identity],
    [
      'insufficient_scope',
      403,
      'insufficient_scope',
      await tokenOf('reader', reader, 'payments:read'),
      reader,
    ],
  ];
  for (const [reason, status, error, presented, shown] of cases) {
    const answer = await api.call(presented, { identity: shown });
    assert.equal(answer.status, status, reason);
    const challenge = String(answer.headers['www-authenticate']);
    assert.equal(/error="([^"]+)"/.exec(challenge)?.[1], error, reason);
    assert.equal(challenge.includes(reason) && reason !== error, false, reason);
    assert.equal(api.reasons.at(-1), reason);
  }
});
