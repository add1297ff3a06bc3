import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResourceServer } from './create-resource-server.ts';
import type { ResourceServerOptions } from './options.ts';
import { Denylist } from './revocation/denylist.ts';
import { issuer, resource } from './testing/tokens.ts';

const right = { issuer, resource, revocation: 'none', jwks: () => ({ keys: [] }) };

test('issuer, resource and a word on revocation are enough', async () => {
  const resourceServer = createResourceServer(right as ResourceServerOptions);
  assert.equal(resourceServer.issuer, issuer);
  assert.equal(resourceServer.resource, resource);
  await resourceServer.close();
});

const wrongOptions: [string, Record<string, unknown>][] = [
  ['issuer', { issuer: 'http://issuer.example' }],
  ['issuer', { issuer: 'https://issuer.example/?a' }],
  ['issuer', { issuer: undefined }],
  ['resource', { resource: '/payments' }],
  ['resource', { resource: 'https://api.example/#x' }],
  ['resource', { resource: 'https://api.example/"' }],
  ['algorithms', { algorithms: [] }],
  ['algorithms', { algorithms: ['HS256'] }],
  ['algorithms', { algorithms: ['none'] }],
  ['requiredBinding', { requiredBinding: 'jkt' }],
  ['cache.maxEntries', { cache: { maxEntries: 1 } }],
  ['cache.maxEntries', { cache: { maxEntries: Number.NaN } }],
  ['clockToleranceSeconds', { clockToleranceSeconds: 301 }],
  ['clockToleranceSeconds', { clockToleranceSeconds: -1 }],
  ['maxTokenLength', { maxTokenLength: 10 }],
  ['revocation', { revocation: undefined }],
  ['revocation.whenStale', { revocation: { denylist: new Denylist(), whenStale: 'maybe' } }],
  ['revocation.mtlsUrl', { revocation: { mtlsUrl: 'http://x', key: 'k', certificate: 'c' } }],
  ['revocation.key', { revocation: { mtlsUrl: 'https://x', key: '', certificate: 'c' } }],
  ['revocation.certificate', { revocation: { mtlsUrl: 'https://x', key: 'k' } }],
  [
    'revocation.maxStalenessSeconds',
    { revocation: { mtlsUrl: 'https://x', key: 'k', certificate: 'c', maxStalenessSeconds: 0 } },
  ],
];
for (const [name, options] of wrongOptions) {
  test(`a wrong option is named: ${name} (${JSON.stringify(options)})`, () => {
    assert.throws(
      () => createResourceServer({ ...right, ...options } as ResourceServerOptions),
      (error: Error & { code?: string }) =>
        error.code === 'configuration_invalid' && error.message.includes(`"${name}"`),
    );
  });
}
