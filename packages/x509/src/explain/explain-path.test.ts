import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOW, TestAuthority } from '../path/testing/test-authority.ts';
import { validatePath } from '../path/validate-path.ts';
import { createCrl } from '../revocation/crl/create-crl.ts';
import { explainPath } from './explain-path.ts';

const root = await TestAuthority.root('CN=Root,O=Example');
const middle = await root.authority('CN=Middle');
const leaf = await middle.leaf('CN=Leaf');
const base = { leaf, certificates: [middle.certificate], anchors: [root.certificate], at: NOW };
const at = NOW;

describe('explainPath', () => {
  it('prints a valid path as a tree from the leaf up to the anchor, and what ends first', async () => {
    const lines = explainPath(await validatePath(base), { at }).split('\n');
    assert.equal(lines[0], 'valid until 2026-07-01 00:00:00Z (30 days): the certificate expires first');
    assert.deepEqual(
      lines.filter((line) => line.includes('CN=')),
      ['CN=Leaf', '└─ CN=Middle', '   └─ CN=Root,O=Example  ← trust anchor'],
    );
    assert.ok(lines.includes('│  names     dns:host.example.com'));
    assert.ok(lines.includes('│  purposes  serverAuth, clientAuth'));
    assert.ok(lines.includes(`│  serial    ${leaf.serialNumber}`));
    assert.ok(lines.includes(`│  sha256    ${leaf.fingerprint256}`));
    assert.ok(
      lines.includes('   │  validity  2026-05-31 00:00:00Z to 2027-06-01 00:00:00Z, ends in 365 days'),
    );
    assert.equal(lines.at(-1), `         sha256    ${root.certificate.fingerprint256}`);
  });

  it('prints an anchor that is a name and a key', async () => {
    const anchors = [{ subject: root.certificate.subject, publicKey: root.keys.publicKey }];
    const lines = explainPath(await validatePath({ ...base, anchors }), { at }).split('\n');
    assert.equal(lines.at(-1), '   └─ CN=Root,O=Example  ← trust anchor, by name and key');
    assert.ok(lines.includes(`   │  sha256    ${middle.certificate.fingerprint256}`));
  });

  it('tells the status of each certificate that was asked for', async () => {
    const list = await createCrl(
      { issuer: middle.certificate, thisUpdate: NOW, nextUpdate: NOW + 60_000, crlNumber: 1, entries: [] },
      middle.signer,
    );
    const text = explainPath(await validatePath({ ...base, crls: [list] }), { at });
    assert.match(text, /^valid until 2026-06-01 00:01:00Z \(1 minute\): then the CRL is too old\n/);
    assert.match(text, /\n│ {2}status {4}not revoked, by CRL until 2026-06-01 00:01:00Z\n/);
    assert.match(text, /\n {3}│ {2}status {4}not known whether revoked \(/);
  });

  it('prints each failure at its certificate with code, values and rule', async () => {
    const later = leaf.notAfter + 5000;
    const result = await validatePath({ ...base, at: later, purpose: 'codeSigning' });
    const text = explainPath(result, { at: later, isAnchor: (one) => one.equals(root.certificate) });
    assert.match(text, /^not valid: expired, purpose_mismatch\n\nCN=Leaf\n/);
    assert.ok(
      text.includes(
        [
          '│  ✗ expired: the certificate has expired',
          '│      notAfter  2026-07-01 00:00:00Z',
          '│      at        2026-07-01 00:00:05Z',
          '│      rule      RFC 5280 §6.1.3 (a)(2)',
        ].join('\n'),
      ),
      text,
    );
    assert.match(text, /│ {6}purpose {2}codeSigning\n│ {6}granted {2}serverAuth, clientAuth\n/);
    assert.match(text, /validity {2}.*, ended 5 seconds ago\n/);
    assert.match(text, /\n {3}└─ CN=Root,O=Example {2}← trust anchor\n/);
  });

  it('joins the paths that were tried, each reason at the issuer where it was met', async () => {
    const stranger = await TestAuthority.root('CN=Root,O=Example');
    const expired = await root.authority('CN=Middle', { notAfter: NOW - 1000 }, middle.keys);
    const certificates = [expired.certificate, middle.certificate];
    const text = explainPath(await validatePath({ ...base, certificates, anchors: [stranger.certificate] }), {
      at,
    });
    assert.equal(text.match(/CN=Leaf/g)?.length, 1);
    const [, ...tried] = text.split(/^[├└]─ CN=Middle\n/m);
    assert.equal(tried.length, 2);
    const [good, bad] = tried.toSorted((a, b) => b.length - a.length);
    assert.match(good!, /└─ CN=Root,O=Example\n(.*\n)*.* ✗ signature_invalid/);
    assert.match(good!, /issuerKeySha256 {2}[0-9a-f]{64}/);
    assert.match(bad!, /✗ expired/);
    assert.doesNotMatch(bad!, /CN=Root/);
  });

  it('names the issuer that is missing', async () => {
    const text = explainPath(await validatePath({ ...base, certificates: [] }), { at });
    assert.match(text, /^not valid: no_path\n\nCN=Leaf\n/);
    assert.match(text, /\n {7}issuer {2}CN=Middle\n {7}rule {4}RFC 5280 §6\.1$/);
  });

  it('prints reasons that belong to no certificate', async () => {
    const unreadable = await validatePath({ ...base, leaf: 'no certificate' });
    assert.match(
      explainPath(unreadable, { at }),
      /^not valid: certificate_malformed\n\n✗ certificate_malformed: /,
    );
    const broke = await validatePath({ ...base, maxWorkUnits: 0 });
    assert.match(explainPath(broke, { at }), /\n✗ budget_exhausted: .*\n {4}maxWorkUnits {2}0\n/);
  });

  it('counts what is too much to draw', async () => {
    const decoys = await Promise.all(
      Array.from({ length: 60 }, async () => (await TestAuthority.root('CN=Middle')).certificate),
    );
    const text = explainPath(
      await validatePath({ ...base, certificates: decoys, anchors: decoys, maxWorkUnits: 500 }),
      { at },
    );
    assert.match(text, /\n└─ … and 54 more with this name$/);
  });

  it('lets no certificate steer the terminal', async () => {
    const hostile = await middle.leaf('CN=a\\1b[2Jb\\e2\\80\\aec', {
      subjectAltName: [{ type: 'dns', value: '\u001b[31mx' }],
    });
    const name = { type: 'dns', value: 'other\u0007.example' } as const;
    const text = explainPath(await validatePath({ ...base, leaf: hostile, name }), { at });
    assert.match(text, /✗ name_mismatch/);
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});
