import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { OAuthRequest, OAuthResponse } from './request.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  formRequest,
  json,
  orders,
  presented,
} from './testing/authorization-fixture.ts';

const errors = new Set([
  'invalid_request',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
]);

/** An answer that RFC 6749 §5.2 allows: code and description in its characters, and headers that go with the status. */
function assertOAuthError(response: OAuthResponse): void {
  assert.ok([400, 401, 405, 413, 429].includes(response.status), `${response.status} ${response.body}`);
  const { error, error_description: description, ...rest } = json(response);
  assert.ok(errors.has(String(error)), String(error));
  assert.match(String(description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.deepEqual(rest, {});
  assert.equal(response.headers['cache-control'], 'no-store');
  assert.equal(response.headers['content-type'], 'application/json');
  if (response.status === 401) assert.equal(error, 'invalid_client');
}

describe('malformed requests', () => {
  let fixture: AuthorizationFixture;
  let secret: string;

  before(async () => {
    fixture = await authorizationFixture();
    ({ secret } = await fixture.register({
      client_id: 'billing',
      scope: 'orders:read',
      default_scope: 'orders:read',
      resources: [orders],
    }));
  });
  after(() => fixture.close());

  const good = () =>
    formRequest({ grant_type: 'client_credentials' }, { authorization: basic('billing', secret) });
  const ask = (changes: Partial<OAuthRequest>) => fixture.server.token({ ...good(), ...changes });

  for (const [what, headers, status] of [
    ['no content type', {}, 400],
    ['JSON', { 'content-type': 'application/json' }, 400],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, 400],
    ['another charset', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' }, 400],
    [
      'a compressed body',
      { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
      400,
    ],
  ] as const) {
    test(`${what} is invalid_request`, async () => {
      const response = await ask({ headers: { ...headers, authorization: good().headers.authorization! } });
      assert.equal(response.status, status);
      assert.equal(json(response)['error'], 'invalid_request');
      assertOAuthError(response);
    });
  }

  test('the content type may name UTF-8, in any case of letters', async () => {
    for (const type of [
      'application/x-www-form-urlencoded; charset=UTF-8',
      'Application/X-WWW-Form-URLEncoded;charset="utf-8"',
      'application/x-www-form-urlencoded ; x=y',
    ]) {
      const response = await ask({ headers: { ...good().headers, 'content-type': type } });
      assert.equal(response.status, 200, type);
    }
  });

  test('a second Content-Type is invalid_request, also where it says the same', async () => {
    for (const other of ['application/json', 'application/x-www-form-urlencoded']) {
      for (const endpoint of ['token', 'introspect', 'revoke'] as const) {
        const request = good();
        const rawHeaders = [...request.rawHeaders, 'CONTENT-TYPE', other];
        const response = await fixture.server[endpoint]({ ...request, rawHeaders });
        assert.equal(json(response)['error'], 'invalid_request');
        assertOAuthError(response);
        assert.equal(fixture.refusals.at(-1)!.reason.code, 'content_type_repeated');
      }
    }
  });

  test('another method is 405 with Allow', async () => {
    for (const endpoint of ['token', 'introspect', 'revoke'] as const) {
      const response = await fixture.server[endpoint]({ ...good(), method: 'GET' });
      assert.equal(response.status, 405);
      assert.equal(response.headers['allow'], 'POST');
      assertOAuthError(response);
    }
  });

  test('a body over the limit is 413', async () => {
    const response = await ask({ body: Buffer.alloc(65_537, 'a') });
    assert.equal(response.status, 413);
    assertOAuthError(response);
  });

  test('a parameter in the URL is invalid_request', async () => {
    const response = await ask({ path: '/oauth2/token?grant_type=client_credentials' });
    assert.equal(json(response)['error'], 'invalid_request');
  });

  test('client ids that cannot exist are unknown clients', async () => {
    for (const clientId of [
      'é',
      '\u{1f600}',
      'a b',
      '.',
      'x'.repeat(5_000),
      "' OR 1=1 --",
      '__proto__',
      '\ud800',
    ]) {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: 'x',
      });
      const response = await fixture.server.token(formRequest(form.toString()));
      assert.equal(response.status, 401);
      assert.equal(fixture.refusals.at(-1)!.reason.code, 'client_unknown');
    }
  });

  test('whatever comes, every endpoint answers with an error of the RFCs', async () => {
    const names = [
      'grant_type',
      'client_id',
      'client_secret',
      'client_assertion',
      'client_assertion_type',
      'scope',
      'resource',
      'token',
      'token_type_hint',
    ];
    const { certificate } = await fixture.issue('billing');
    const segment = fc.oneof(
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc
        .record({ alg: fc.constantFrom('ES256', 'none', 'HS256'), kid: fc.string(), typ: fc.anything() })
        .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
      fc.constant(Buffer.from(JSON.stringify({ iss: 'billing', sub: 'billing' })).toString('base64url')),
      fc.string(),
    );
    const value = fc.oneof(
      fc.constantFrom(
        'client_credentials',
        'billing',
        'orders:read',
        orders,
        'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        '',
      ),
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.tuple(segment, segment, segment).map((parts) => parts.join('.')),
    );
    const pair = fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), value);
    const form = fc.array(pair, { maxLength: 8 }).map((pairs) => {
      const encode = (text: string) => encodeURIComponent(text.toWellFormed());
      return Buffer.from(pairs.map(([name, text]) => `${encode(name)}=${encode(text)}`).join('&'));
    });
    const body = fc.oneof(
      { weight: 5, arbitrary: form },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: fc.string().map((text) => Buffer.from(text)) },
    );
    const authorization = fc.option(
      fc.oneof(
        fc.string(),
        fc
          .tuple(fc.string(), fc.string())
          .map(([id, key]) => `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => `Basic ${Buffer.from(bytes).toString('base64')}`),
        fc.string().map((text) => `Basic ${text}`),
      ),
      { nil: undefined },
    );
    const contentType = fc.oneof(
      { weight: 9, arbitrary: fc.constant('application/x-www-form-urlencoded') },
      { weight: 1, arbitrary: fc.string() },
    );
    await fc.assert(
      fc.asyncProperty(
        body,
        authorization,
        contentType,
        fc.string(),
        fc.boolean(),
        fc.constantFrom('token', 'introspect', 'revoke'),
        async (bytes, header, type, remoteAddress, withCertificate, endpoint) => {
          const headers = {
            'content-type': type,
            ...(header === undefined ? {} : { authorization: header }),
          };
          const response = await fixture.server[endpoint as 'token']({
            method: 'POST',
            path: '/oauth2/token',
            headers,
            rawHeaders: Object.entries(headers).flat(),
            body: bytes,
            remoteAddress,
            listener: withCertificate ? 'mtls' : 'public',
            certificate: withCertificate ? presented(certificate) : undefined,
          });
          assertOAuthError(response);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('refusals are kept for explanation, newest first and bounded', async () => {
    for (let request = 0; request < 30; request++) {
      await ask({ headers: { ...good().headers, authorization: basic('billing', 'x') } });
    }
    const response = await ask({ body: Buffer.from('grant_type=client_credentials&scope=other') });
    assert.equal(response.status, 400);
    const kept = fixture.server.refusals('billing');
    assert.equal(kept.length, 20);
    assert.deepEqual(kept[0], {
      at: fixture.now,
      endpoint: 'token',
      listener: 'public',
      remoteAddress: '192.0.2.1',
      clientId: 'billing',
      certificate: undefined,
      status: 400,
      reason: { code: 'scope_not_granted', presented: 'other', by: 'client', granted: ['orders:read'] },
    });
    assert.equal(kept[1]!.reason.code, 'secret_wrong');
    assert.deepEqual(fixture.server.refusals('never seen'), []);
  });
});
