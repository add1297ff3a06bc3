import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../events/index.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  ecKeyPair,
  endpoints,
  formRequest,
  issuer,
  json,
  orders,
} from '../testing/authorization-fixture.ts';
import { assertion, assertionRequests, encode, type Signing, signers } from '../testing/client-assertions.ts';
import { assertionType } from './presented-credential.ts';

const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };

describe('client assertions', () => {
  let fixture: AuthorizationFixture;
  const keys = ecKeyPair();
  const signing = signers['ES256']!(keys.privateKey);
  const jwk = { ...(keys.publicKey.export({ format: 'jwk' }) as JsonObject), kid: 'one' };

  before(async () => {
    fixture = await authorizationFixture();
    await fixture.register({
      ...registration,
      client_id: 'signer',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    });
    await fixture.register({
      ...registration,
      client_id: 'legacy',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
      legacy_assertion_audience: true,
    });
  });
  after(() => fixture.close());

  const { seconds, claims, ask, lastReason, refusedAs } = assertionRequests(() => fixture);

  test('private_key_jwt is accepted with and without client_id, kid and typ', async () => {
    for (const header of [
      { alg: 'ES256' },
      { alg: 'ES256', kid: 'one' },
      { alg: 'ES256', typ: 'JWT' },
      { alg: 'ES256', typ: 'client-authentication+jwt' },
      { alg: 'ES256', typ: 'application/client-authentication+jwt' },
    ]) {
      assert.equal((await ask(assertion(header, claims(), signing))).status, 200);
    }
    assert.equal(
      (await ask(assertion({ alg: 'ES256' }, claims(), signing), { client_id: 'signer' })).status,
      200,
    );
  });

  for (const [algorithm, pair] of [
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['PS384', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const) {
    test(`private_key_jwt is accepted with ${algorithm}`, async () => {
      const { client } = await fixture.register({
        ...registration,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [pair.publicKey.export({ format: 'jwk' }) as JsonObject] },
      });
      const compact = assertion(
        { alg: algorithm },
        claims({}, client.clientId),
        signers[algorithm]!(pair.privateKey),
      );
      assert.equal((await ask(compact)).status, 200);
    });
  }

  test('an assertion is accepted once', async () => {
    const compact = assertion({ alg: 'ES256' }, claims(), signing);
    assert.equal((await ask(compact)).status, 200);
    await refusedAs('assertion_replayed', compact);
  });

  test('of many at once only one is accepted', async () => {
    const compact = assertion({ alg: 'ES256' }, claims(), signing);
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await ask(compact)).status));
    assert.equal(statuses.filter((status) => status === 200).length, 1);
  });

  test('a jti that one client used is free for another', async () => {
    const jti = randomUUID();
    assert.equal((await ask(assertion({ alg: 'ES256' }, claims({ jti }), signing))).status, 200);
    assert.equal((await ask(assertion({ alg: 'ES256' }, claims({ jti }, 'legacy'), signing))).status, 200);
  });

  test('an assertion that was refused has not used up its jti', async () => {
    const jti = randomUUID();
    await refusedAs(
      'assertion_claim_refused',
      assertion({ alg: 'ES256' }, claims({ jti, aud: 'other' }), signing),
    );
    assert.equal((await ask(assertion({ alg: 'ES256' }, claims({ jti }), signing))).status, 200);
  });

  for (const [claim, value] of [
    ['iss', 'mac'],
    ['iss', undefined],
    ['aud', 'https://other.example'],
    ['aud', `${issuer}/`],
    ['aud', [issuer]],
    ['aud', undefined],
    ['aud', endpoints.token.url],
    ['exp', undefined],
    ['exp', '9999999999'],
    ['exp', -1],
    ['jti', undefined],
    ['jti', ''],
    ['jti', 7],
    ['jti', 'x'.repeat(256)],
    ['jti', 'a\u0000b'],
    ['iat', 'now'],
    ['nbf', null],
  ] as const) {
    test(`an assertion with ${claim} ${JSON.stringify(value)?.slice(0, 40)} is refused`, async () => {
      await refusedAs(
        'assertion_claim_refused',
        assertion({ alg: 'ES256' }, claims({ [claim]: value }), signing),
      );
      const reason = lastReason();
      assert.equal(reason.code === 'assertion_claim_refused' && reason.claim, claim);
    });
  }

  for (const [what, claim, ahead] of [
    ['expired', 'exp', 0],
    ['that lives for more than five minutes', 'exp', 311],
    ['not valid yet', 'nbf', 11],
    ['issued in the future', 'iat', 11],
    ['issued too long ago', 'iat', -311],
  ] as const) {
    test(`an assertion ${what} is refused`, async () => {
      const compact = assertion({ alg: 'ES256' }, claims({ [claim]: seconds() + ahead }), signing);
      await refusedAs('assertion_claim_refused', compact);
    });
  }

  test('an assertion of five minutes from a clock a little ahead is accepted', async () => {
    const changes = { iat: seconds() + 5, nbf: seconds() + 5, exp: seconds() + 305 };
    assert.equal((await ask(assertion({ alg: 'ES256' }, claims(changes), signing))).status, 200);
  });

  test("the token endpoint's URLs are an audience for clients marked legacy alone", async () => {
    for (const aud of [issuer, endpoints.token.url, endpoints.token.mtlsUrl]) {
      assert.equal((await ask(assertion({ alg: 'ES256' }, claims({ aud }, 'legacy'), signing))).status, 200);
    }
    const compact = assertion({ alg: 'ES256' }, claims({ aud: endpoints.revocation.url }, 'legacy'), signing);
    await refusedAs('assertion_claim_refused', compact);
  });

  test('alg none is refused', async () => {
    const none: Signing = () => Buffer.alloc(1);
    await refusedAs('assertion_algorithm_refused', assertion({ alg: 'none' }, claims(), none));
    const bare = `${encode({ alg: 'none' })}.${encode(claims())}.`;
    await refusedAs('assertion_malformed', bare);
  });

  test('an HMAC keyed with the public key is refused', async () => {
    for (const key of [
      keys.publicKey.export({ format: 'pem', type: 'spki' }),
      keys.publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(jwk),
    ]) {
      const mac: Signing = (input) => createHmac('sha256', key).update(input).digest();
      await refusedAs('assertion_algorithm_refused', assertion({ alg: 'HS256' }, claims(), mac));
    }
  });

  test('an algorithm that is not of the key type is refused', async () => {
    await refusedAs('assertion_key_unknown', assertion({ alg: 'RS256' }, claims(), signing));
    await refusedAs('assertion_key_unknown', assertion({ alg: 'ES384' }, claims(), signing));
  });

  test('a signature by another key, or over other claims, is refused', async () => {
    const other = signers['ES256']!(ecKeyPair().privateKey);
    await refusedAs('assertion_signature_invalid', assertion({ alg: 'ES256' }, claims(), other));
    const [header, , signature] = assertion({ alg: 'ES256' }, claims(), signing).split('.');
    await refusedAs('assertion_signature_invalid', `${header}.${encode(claims())}.${signature}`);
  });

  test('a DER signature in the place of r and s is refused', async () => {
    const der: Signing = (input) => sign('sha256', Buffer.from(input), keys.privateKey);
    await refusedAs('assertion_signature_invalid', assertion({ alg: 'ES256' }, claims(), der));
  });

  test('an unknown kid is refused', async () => {
    await refusedAs('assertion_key_unknown', assertion({ alg: 'ES256', kid: 'two' }, claims(), signing));
  });

  for (const member of ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'zip', 'b64', 'enc']) {
    test(`a header with ${member} is refused, whatever it says`, async () => {
      const value = { jwk, jku: 'https://evil.example', crit: ['exp'], zip: 'DEF', b64: true }[member] ?? [
        'x',
      ];
      await refusedAs(
        'assertion_header_refused',
        assertion({ alg: 'ES256', [member]: value }, claims(), signing),
      );
    });
  }

  test('a token made for another purpose is refused by its typ', async () => {
    for (const typ of ['at+jwt', 'dpop+jwt', 5]) {
      await refusedAs('assertion_header_refused', assertion({ alg: 'ES256', typ }, claims(), signing));
    }
  });

  test('what is no compact JWS is refused', async () => {
    const good = assertion({ alg: 'ES256' }, claims(), signing);
    for (const compact of [
      'x',
      'a.b.c',
      good.slice(0, good.lastIndexOf('.')),
      `${good}.x`,
      `${good}=`,
      good.replace('.', '. '),
      `${encode([])}.${encode(claims())}.AA`,
      `${encode({ alg: 'ES256' })}.${encode('x')}.AA`,
      `${encode({ alg: 7 })}.${encode(claims())}.AA`,
      `${encode({ alg: 'ES256' })}.${encode({ ...claims(), sub: 7 })}.AA`,
      `${Buffer.from('{"alg":"ES256"\xff}', 'latin1').toString('base64url')}.${encode(claims())}.AA`,
      assertion({ alg: 'ES256' }, claims({ pad: 'x'.repeat(9_000) }), signing),
    ]) {
      await refusedAs('assertion_malformed', compact);
    }
  });

  test('an assertion in the name of an unknown client is refused', async () => {
    await refusedAs('client_unknown', assertion({ alg: 'ES256' }, claims({}, 'nobody'), signing));
  });

  test('two ways in one request, a wrong type, a missing part are invalid_request', async () => {
    const compact = assertion({ alg: 'ES256' }, claims(), signing);
    const grant = { grant_type: 'client_credentials' };
    for (const response of [
      await ask(compact, { client_secret: 'x', client_id: 'signer' }),
      await ask(compact, {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
      }),
      await ask(compact, { client_id: 'legacy' }),
      await fixture.server.token(formRequest({ ...grant, client_assertion: compact })),
      await fixture.server.token(formRequest({ ...grant, client_assertion_type: assertionType })),
    ]) {
      assert.equal(response.status, 400, response.body);
      assert.equal(json(response)['error'], 'invalid_request');
    }
    assert.equal((await ask(compact)).status, 200);
  });

  test('an assertion authenticates at introspection and revocation, too, and is used up there', async () => {
    const compact = assertion({ alg: 'ES256' }, claims(), signing);
    const request = formRequest({
      client_assertion_type: assertionType,
      client_assertion: compact,
      token: 'x',
    });
    assert.deepEqual(json(await fixture.server.introspect(request)), { active: false });
    assert.equal((await fixture.server.revoke(request)).status, 401);
    assert.equal(lastReason().code, 'assertion_replayed');
  });

  test('neither assertion nor signature stands in the log', async () => {
    const compact = assertion({ alg: 'ES256' }, claims({ aud: 'x' }), signing);
    await ask(compact);
    assert.ok(!JSON.stringify(fixture.refusals).includes(compact.split('.')[2]!));
  });
});
