import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeResource } from './metadata.ts';

const issuer = 'https://issuer.example';

const addresses: [string, string][] = [
  ['https://api.example', 'https://api.example/.well-known/oauth-protected-resource'],
  ['https://api.example/', 'https://api.example/.well-known/oauth-protected-resource'],
  ['https://api.example/payments', 'https://api.example/.well-known/oauth-protected-resource/payments'],
  ['https://api.example:8443/a/b', 'https://api.example:8443/.well-known/oauth-protected-resource/a/b'],
  ['https://api.example/a?b=c', 'https://api.example/.well-known/oauth-protected-resource/a?b=c'],
  ['https://api.example?b=c', 'https://api.example/.well-known/oauth-protected-resource?b=c'],
];
for (const [resource, url] of addresses) {
  test(`the metadata of ${resource} is at ${url}`, () => {
    const described = describeResource(resource, issuer, false);
    assert.equal(described?.url, url);
    assert.equal(described?.path, url.slice(new URL(url).origin.length));
    assert.equal(described?.document.resource, resource);
  });
}

test('the document says what is known and nothing else', () => {
  assert.deepEqual(describeResource('https://api.example', issuer, false)?.document, {
    resource: 'https://api.example',
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
  });
  assert.deepEqual(
    describeResource('https://api.example', issuer, true, {
      name: 'Payments',
      scopesSupported: ['payments:read'],
      documentation: 'https://docs.example',
      policyUri: 'https://policy.example',
      termsOfServiceUri: 'https://terms.example',
    })?.document,
    {
      resource: 'https://api.example',
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      tls_client_certificate_bound_access_tokens: true,
      resource_name: 'Payments',
      scopes_supported: ['payments:read'],
      resource_documentation: 'https://docs.example',
      resource_policy_uri: 'https://policy.example',
      resource_tos_uri: 'https://terms.example',
    },
  );
});

test('a list without elements is left out', () => {
  const described = describeResource('https://api.example', issuer, false, { scopesSupported: [] });
  assert.equal(described !== undefined && 'scopes_supported' in described.document, false);
});

test('an identifier that is no https URL has no metadata', () => {
  for (const resource of ['urn:example:api', 'http://api.example']) {
    assert.equal(describeResource(resource, issuer, false), undefined);
  }
});
