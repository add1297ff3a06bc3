import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePem } from '@mortise/x509';
import { ecKeys, selfSigned } from './testing/certificates.ts';
import { refusal } from './testing/refusals.ts';
import { readTrustAnchors, trustAnchorMetadata } from './trust-anchors.ts';

const spkiPem = (keys = ecKeys()): string => keys.publicKey.export({ format: 'pem', type: 'spki' }) as string;

test('a CA certificate is pinned by its key', async () => {
  const ca = await selfSigned({ subject: 'CN=CA', ca: true });
  const [anchor] = readTrustAnchors([ca.toPem()]);
  assert.equal(anchor?.spkiSha256, ca.spkiSha256);
  assert.deepEqual(anchor?.certificate, ca.der);
  assert.deepEqual(anchor?.subject, ca.subject.der);
  assert.deepEqual(anchor?.spki, ca.subjectPublicKeyInfo);
  assert.match(anchor?.id ?? '', /^anchor_[A-Za-z0-9_-]{16}$/);
});

test('two CAs that share a name are two anchors, and a bundle holds several', async () => {
  const [a, b] = [
    await selfSigned({ subject: 'CN=CA', ca: true }),
    await selfSigned({ subject: 'CN=CA', ca: true }),
  ];
  const anchors = readTrustAnchors([`${a.toPem()}junk\n${b.toPem()}`]);
  assert.equal(anchors.length, 2);
  assert.notEqual(anchors[0]?.id, anchors[1]?.id);
});

test('a key alone can be pinned, and what is written registers the same again', async () => {
  const ca = await selfSigned({ ca: true });
  const anchors = readTrustAnchors([{ subject: 'CN=Only Key,O=Acme', public_key: spkiPem() }, ca.toPem()]);
  assert.equal(anchors[0]?.certificate, undefined);
  assert.deepEqual(readTrustAnchors(trustAnchorMetadata(anchors)), anchors);
});

test('anchors that are not exactly right are refused', async () => {
  const ca = await selfSigned({ ca: true });
  const leaf = await selfSigned({ ca: false });
  const noConstraints = await selfSigned();
  const key = spkiPem();
  const many = (await Promise.all(Array.from({ length: 17 }, () => selfSigned({ ca: true })))).map((one) =>
    one.toPem(),
  );
  const refused: [string, unknown][] = [
    ['no array', ca.toPem()],
    ['17 anchors', many],
    ['17 anchors in a bundle', [many.join('')]],
    ['no PEM', ['hello']],
    ['a leaf', [leaf.toPem()]],
    ['a certificate without basicConstraints', [noConstraints.toPem()]],
    ['one key twice', [ca.toPem(), ca.toPem()]],
    [
      'one key as certificate and key',
      [ca.toPem(), { subject: 'CN=x', public_key: encodePem('PUBLIC KEY', ca.subjectPublicKeyInfo) }],
    ],
    ['null', [null]],
    ['a number', [7]],
    ['no subject', [{ public_key: key }]],
    ['an empty subject', [{ subject: '', public_key: key }]],
    ['a subject that is no name', [{ subject: 'nobody', public_key: key }]],
    ['no key', [{ subject: 'CN=x' }]],
    ['a key that is no PEM', [{ subject: 'CN=x', public_key: 'hello' }]],
    ['two keys', [{ subject: 'CN=x', public_key: key + spkiPem() }]],
    ['a key on P-224', [{ subject: 'CN=x', public_key: spkiPem(ecKeys('P-224')) }]],
    [
      'broken DER',
      [{ subject: 'CN=x', public_key: encodePem('PUBLIC KEY', ca.subjectPublicKeyInfo.subarray(0, -3)) }],
    ],
  ];
  for (const [what, anchors] of refused) {
    assert.throws(
      () => readTrustAnchors(anchors),
      refusal('metadata_invalid', 'tls_client_auth_trust_anchors'),
      what,
    );
  }
});
