import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createTestAuthority } from '../testing/certificates.ts';
import { anchorsWith, readTrustBundle } from './trust-bundle.ts';

const [first, second] = await Promise.all([createTestAuthority(), createTestAuthority()]);
const fingerprint = (pem: string): string =>
  new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
const named = (...pems: string[]) =>
  pems.map((certificate) => ({ sha256: fingerprint(certificate), certificate }));

test('the roots that the server names are trusted beside one’s own, each once, and retired ones are dropped', () => {
  const bundle = readTrustBundle({ roots: named(second.ca, first.ca), retired: [] });
  const anchors = anchorsWith(first.ca, bundle);
  assert.deepEqual(
    anchors.map(({ sha256 }) => sha256),
    [second.ca, first.ca].map(fingerprint),
  );
  const after = readTrustBundle({ roots: named(second.ca), retired: [fingerprint(first.ca)] });
  assert.deepEqual(
    anchorsWith(
      anchors.map(({ pem }) => pem),
      after,
    ).map(({ sha256 }) => sha256),
    [fingerprint(second.ca)],
  );
});

test('a pinned root gives way to the roots that the server names', () => {
  const bundle = readTrustBundle({ roots: named(first.ca, second.ca), retired: [] });
  const anchors = anchorsWith({ fingerprint256: fingerprint(first.ca) }, bundle);
  assert.equal(anchors.length, 2);
});

test('without anchors, what Node trusts stays trusted', () => {
  const anchors = anchorsWith(undefined, readTrustBundle({ roots: named(first.ca), retired: [] }));
  assert.ok(anchors.length > 50);
  assert.equal(anchors[0]?.sha256, fingerprint(first.ca));
});

for (const [why, document] of [
  ['nothing', undefined],
  ['no roots', { roots: [], retired: [] }],
  ['too many roots', { roots: Array.from({ length: 101 }, () => named(first.ca)[0]), retired: [] }],
  ['a root without a certificate', { roots: [{ sha256: 'x' }], retired: [] }],
  ['no list of the retired', { roots: named(first.ca) }],
  ['a number among the retired', { roots: named(first.ca), retired: [1] }],
] as const) {
  test(`a bundle with ${why} is refused`, () => {
    assert.throws(() => readTrustBundle(document), { code: 'server_response_invalid' });
  });
}

test('a root that is no certificate, and a bundle that leaves nothing to trust, are refused', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const broken = readTrustBundle({ roots: [{ certificate }], retired: [] });
  assert.throws(() => anchorsWith(first.ca, broken), { code: 'server_response_invalid' });
  const empty = readTrustBundle({ roots: named(first.ca), retired: [fingerprint(first.ca)] });
  assert.throws(() => anchorsWith(first.ca, empty), { code: 'server_response_invalid' });
});
