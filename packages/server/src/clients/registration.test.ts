import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthenticationMethod } from './client.ts';
import { type RegistrationContext, readRegistration } from './registration.ts';
import { ecKeys, selfSigned } from './testing/certificates.ts';
import { refusal } from './testing/refusals.ts';
import { startOfTime as now } from './testing/test-clients.ts';

const context: RegistrationContext = {
  clientId: 'billing',
  issuer: 'https://auth.example',
  now,
  formerMethods: [],
};
const jwk = (): object => ecKeys().publicKey.export({ format: 'jwk' });

function moving(formerMethods: AuthenticationMethod[]): RegistrationContext {
  return { ...context, formerMethods };
}

test('metadata that says nothing gives the defaults of RFC 7591', () => {
  assert.deepEqual(readRegistration({}, context), {
    tokenEndpointAuthMethod: 'client_secret_basic',
    scope: [],
    resources: undefined,
    certificateBoundAccessTokens: false,
    anchors: [],
    legacyAssertionAudience: false,
    keySet: undefined,
  });
});

test('every member finds its place', async () => {
  const ca = await selfSigned({ ca: true });
  const read = readRegistration(
    {
      client_id: 'billing',
      client_name: 'Billing – été',
      token_endpoint_auth_method: 'tls_client_auth',
      grant_types: ['client_credentials'],
      response_types: [],
      scope: 'a b:c',
      default_scope: 'a',
      resources: ['https://api.example/x?y=z', 'urn:acme:api'],
      tls_client_certificate_bound_access_tokens: false,
      access_token_lifetime_seconds: 60,
      tls_client_auth_san_dns: 'pay.example',
      tls_client_auth_trust_anchors: [ca.toPem()],
      jwks: { keys: [jwk()] },
      legacy_assertion_audience: true,
    },
    context,
  );
  const { anchors, keySet, ...rest } = read;
  assert.deepEqual(rest, {
    clientName: 'Billing – été',
    tokenEndpointAuthMethod: 'tls_client_auth',
    scope: ['a', 'b:c'],
    defaultScope: ['a'],
    resources: ['https://api.example/x?y=z', 'urn:acme:api'],
    certificateBoundAccessTokens: false,
    accessTokenLifetimeSeconds: 60,
    tlsClientAuth: { kind: 'san_dns', value: 'pay.example' },
    legacyAssertionAudience: true,
  });
  assert.equal(anchors[0]?.spkiSha256, ca.spkiSha256);
  assert.equal(keySet?.keys.length, 1);
});

test('tls_client_auth without a matcher gets the URI of the client under the issuer', () => {
  const metadata = { token_endpoint_auth_method: 'tls_client_auth' };
  const expected = { kind: 'san_uri', value: 'https://auth.example/clients/billing' };
  assert.deepEqual(readRegistration(metadata, context).tlsClientAuth, expected);
  assert.deepEqual(
    readRegistration(metadata, { ...context, issuer: 'https://auth.example/' }).tlsClientAuth,
    expected,
  );
  assert.equal(readRegistration({}, context).tlsClientAuth, undefined);
});

test('the methods of mutual TLS bind tokens unless the client says otherwise', () => {
  for (const [method, bound] of [
    ['tls_client_auth', true],
    ['self_signed_tls_client_auth', true],
    ['client_secret_basic', false],
    ['private_key_jwt', false],
  ] as const) {
    const metadata = { token_endpoint_auth_method: method };
    assert.equal(readRegistration(metadata, context).certificateBoundAccessTokens, bound, method);
    const explicit = { ...metadata, tls_client_certificate_bound_access_tokens: !bound };
    assert.equal(readRegistration(explicit, context).certificateBoundAccessTokens, !bound, method);
  }
});

test('a move names the former method and its end', () => {
  const end = now / 1000 + 3600;
  const metadata = {
    token_endpoint_auth_method: 'private_key_jwt',
    previous_token_endpoint_auth_method_expires_at: end,
  };
  const expected = { method: 'client_secret_basic', until: end * 1000 };
  assert.deepEqual(readRegistration(metadata, moving(['client_secret_basic'])).previousAuthMethod, expected);
  const named = { ...metadata, previous_token_endpoint_auth_method: 'client_secret_basic' };
  const both = moving(['tls_client_auth', 'client_secret_basic']);
  assert.deepEqual(readRegistration(named, both).previousAuthMethod, expected);
});

test('jwks_uri is an https URL', () => {
  const metadata = {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: 'https://pay.example/jwks?x=1',
  };
  assert.equal(readRegistration(metadata, context).jwksUri, 'https://pay.example/jwks?x=1');
});

test('every member that is not exactly right is refused by its name', async () => {
  const keyed = { token_endpoint_auth_method: 'private_key_jwt' };
  const soon = now / 1000 + 60;
  const refused: [string, object][] = [
    ['client_id', { client_id: 'other' }],
    ['client_secret', { client_secret: 'chosen' }],
    ['redirect_uris', { redirect_uris: [] }],
    ['toString', { toString: 1 }],
    ['client_name', { client_name: '' }],
    ['client_name', { client_name: 7 }],
    ['client_name', { client_name: 'a\u0000b' }],
    ['client_name', { client_name: 'a\u001b[31m' }],
    ['client_name', { client_name: 'a'.repeat(257) }],
    ['token_endpoint_auth_method', { token_endpoint_auth_method: 'none' }],
    ['token_endpoint_auth_method', { token_endpoint_auth_method: 'toString' }],
    ['token_endpoint_auth_method', { token_endpoint_auth_method: null }],
    ['grant_types', { grant_types: ['client_credentials', 'password'] }],
    ['grant_types', { grant_types: [] }],
    ['grant_types', { grant_types: 'client_credentials' }],
    ['response_types', { response_types: ['code'] }],
    ['scope', { scope: 'a  b' }],
    ['scope', { scope: 'a a' }],
    ['scope', { scope: 'a"b' }],
    ['scope', { scope: 'a\\b' }],
    ['scope', { scope: 'é' }],
    ['scope', { scope: ['a'] }],
    ['scope', { scope: 'x'.repeat(257) }],
    ['scope', { scope: Array.from({ length: 257 }, (_, i) => `s${i}`).join(' ') }],
    ['default_scope', { scope: 'a', default_scope: 'b' }],
    ['default_scope', { scope: 'a', default_scope: '' }],
    ['resources', { resources: 'https://api.example' }],
    ['resources', { resources: ['api'] }],
    ['resources', { resources: ['https://api.example/#x'] }],
    ['resources', { resources: ['https://api.example', 'https://api.example'] }],
    ['resources', { resources: [7] }],
    ['resources', { resources: Array.from({ length: 65 }, (_, i) => `urn:x:${i}`) }],
    ['tls_client_certificate_bound_access_tokens', { tls_client_certificate_bound_access_tokens: 'true' }],
    ['access_token_lifetime_seconds', { access_token_lifetime_seconds: 9 }],
    ['access_token_lifetime_seconds', { access_token_lifetime_seconds: 86_401 }],
    ['access_token_lifetime_seconds', { access_token_lifetime_seconds: 60.5 }],
    ['access_token_lifetime_seconds', { access_token_lifetime_seconds: '60' }],
    ['tls_client_auth_subject_dn', { tls_client_auth_subject_dn: '' }],
    ['tls_client_auth_san_dns', { tls_client_auth_san_dns: '*.example' }],
    ['tls_client_auth_san_uri', { tls_client_auth_san_uri: 'nowhere' }],
    ['tls_client_auth_san_uri', { tls_client_auth_san_uri: `x:${'y'.repeat(2050)}` }],
    ['tls_client_auth_san_ip', { tls_client_auth_san_ip: '10.0.0.0/8' }],
    ['tls_client_auth_san_email', { tls_client_auth_san_email: ['a@b.example'] }],
    ['tls_client_auth_san_dns', { tls_client_auth_subject_dn: 'CN=a', tls_client_auth_san_dns: 'a.example' }],
    ['tls_client_auth_trust_anchors', { tls_client_auth_trust_anchors: ['x'] }],
    ['jwks', { jwks: 'x' }],
    ['jwks_uri', { ...keyed, jwks_uri: 'http://pay.example/jwks' }],
    ['jwks_uri', { ...keyed, jwks_uri: 'https://user@pay.example/jwks' }],
    ['jwks_uri', { ...keyed, jwks_uri: 'https://pay.example/jwks#x' }],
    ['jwks_uri', { ...keyed, jwks_uri: 7 }],
    ['jwks_uri', { ...keyed, jwks_uri: 'https://pay.example/jwks', jwks: { keys: [jwk()] } }],
    [
      'jwks_uri',
      { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: 'https://pay.example/jwks' },
    ],
    ['legacy_assertion_audience', { legacy_assertion_audience: 1 }],
    ['previous_token_endpoint_auth_method', { previous_token_endpoint_auth_method_expires_at: soon }],
    [
      'previous_token_endpoint_auth_method_expires_at',
      { previous_token_endpoint_auth_method: 'private_key_jwt' },
    ],
  ];
  for (const [member, metadata] of refused) {
    assert.throws(
      () => readRegistration(metadata, context),
      refusal('metadata_invalid', member),
      JSON.stringify(metadata),
    );
  }
  for (const metadata of [null, undefined, 'x', 7, []]) {
    assert.throws(() => readRegistration(metadata, context), refusal('metadata_invalid', 'metadata'));
  }
});

test('a move that is not exactly right is refused', () => {
  const [method, end] = [
    'previous_token_endpoint_auth_method',
    'previous_token_endpoint_auth_method_expires_at',
  ];
  const second = now / 1000;
  const refused: [string, object][] = [
    [method, { [method]: 'tls_client_auth', [end]: second + 60 }],
    [method, { token_endpoint_auth_method: 'client_secret_post', [end]: second + 60 }],
    [end, { token_endpoint_auth_method: 'private_key_jwt', [end]: second }],
    [end, { token_endpoint_auth_method: 'private_key_jwt', [end]: second + 366 * 86_400 + 1 }],
    [end, { token_endpoint_auth_method: 'private_key_jwt', [end]: second + 0.5 }],
    [end, { token_endpoint_auth_method: 'private_key_jwt', [end]: String(second + 60) }],
  ];
  for (const [member, metadata] of refused) {
    assert.throws(
      () => readRegistration(metadata, moving(['client_secret_post'])),
      refusal('metadata_invalid', member),
      JSON.stringify(metadata),
    );
  }
});
