import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorizationServerMetadata } from './metadata.ts';
import { endpoints, issuer, mtlsUrl } from './testing/authorization-fixture.ts';

const metadata = authorizationServerMetadata(endpoints, ['client_credentials']);
const methods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
];

test('the metadata names every endpoint, method and algorithm, and the aliases for mutual TLS', () => {
  assert.equal(metadata['issuer'], issuer);
  assert.equal(metadata['token_endpoint'], `${issuer}/oauth2/token`);
  assert.equal(metadata['jwks_uri'], `${issuer}/oauth2/jwks`);
  assert.deepEqual(metadata['grant_types_supported'], ['client_credentials']);
  assert.deepEqual(metadata['response_types_supported'], []);
  assert.equal(metadata['tls_client_certificate_bound_access_tokens'], true);
  assert.deepEqual(metadata['mtls_endpoint_aliases'], {
    token_endpoint: `${mtlsUrl}/oauth2/token`,
    introspection_endpoint: `${mtlsUrl}/oauth2/introspect`,
    revocation_endpoint: `${mtlsUrl}/oauth2/revoke`,
  });
  for (const endpoint of ['token', 'introspection', 'revocation']) {
    assert.deepEqual(metadata[`${endpoint}_endpoint_auth_methods_supported`], methods);
    const algorithms = metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`] as string[];
    for (const algorithm of ['ES256', 'EdDSA', 'RS256', 'PS256', 'HS256'])
      assert.ok(algorithms.includes(algorithm));
    assert.ok(!algorithms.includes('none'));
  }
});
