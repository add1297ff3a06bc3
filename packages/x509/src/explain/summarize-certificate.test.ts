import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Certificate } from '../certificates/certificate.ts';
import { lintCertificate } from '../lint/lint-certificate.ts';
import { TestAuthority } from '../path/testing/test-authority.ts';
import { explainFindings } from './explain-findings.ts';
import { summarizeCertificate } from './summarize-certificate.ts';

const root = await TestAuthority.root('CN=Root,O=Example');

describe('summarizeCertificate', () => {
  it('speaks of a certificate as a person does', async () => {
    const leaf = await root.leaf('CN=Leaf', {
      subjectAltName: [
        { type: 'dns', value: 'a.example' },
        { type: 'ip', value: '2001:DB8::1' },
        { type: 'uri', value: 'spiffe://example/pay' },
        { type: 'email', value: 'me@example' },
      ],
      extendedKeyUsage: ['clientAuth', '1.2.3.4'],
    });
    assert.deepEqual(summarizeCertificate(leaf), {
      subject: 'CN=Leaf',
      issuer: 'CN=Root,O=Example',
      names: ['dns:a.example', 'ip:2001:db8::1', 'uri:spiffe://example/pay', 'email:me@example'],
      moreNames: 0,
      serialNumber: leaf.serialNumber,
      notBefore: leaf.notBefore,
      notAfter: leaf.notAfter,
      key: 'EC P-256',
      signature: 'ecdsa-with-SHA256',
      ca: false,
      purposes: ['clientAuth', '1.2.3.4'],
      fingerprint256: leaf.fingerprint256,
      spkiSha256: leaf.spkiSha256,
    });
    assert.equal(summarizeCertificate(root.certificate).ca, true);
    assert.equal(summarizeCertificate(root.certificate).purposes, undefined);
  });

  it('counts the names that are too many to show', async () => {
    const subjectAltName = Array.from({ length: 130 }, (_, i) => ({
      type: 'dns' as const,
      value: `n${i}.example`,
    }));
    const { names, moreNames } = summarizeCertificate(await root.leaf('CN=Many', { subjectAltName }));
    assert.equal(names.length, 100);
    assert.equal(moreNames, 30);
  });

  it('does not throw for what cannot be decoded', async () => {
    const leaf = await root.leaf('CN=Leaf', { subjectAltName: [{ type: 'dns', value: 'pay.example' }] });
    const der = Buffer.from(leaf.der);
    // The tag of the dNSName becomes one that no GeneralName has.
    der[der.indexOf('pay.example') - 2] = 0x8f;
    const broken = Certificate.parse(der);
    assert.throws(() => broken.subjectAltName);
    assert.deepEqual(summarizeCertificate(broken).names, []);
  });
});

describe('explainFindings', () => {
  it('prints a line for each finding, the gravest first', async () => {
    const leaf = await root.leaf('CN=Leaf', {
      subjectAltName: [{ type: 'dns', value: 'under_score.example' }],
    });
    const found = lintCertificate(leaf, 'webpki');
    assert.ok(found.length > 0);
    const notice = { ...found[0]!, severity: 'notice' as const };
    const error = { ...found[0]!, severity: 'error' as const, message: 'a\u001b[2J' };
    const warning = { ...found[0]!, severity: 'warning' as const };
    const { code, message, rule } = found[0]!;
    assert.deepEqual(explainFindings([notice, error, warning]), [
      `error    ${code}: a\uFFFD[2J (${rule})`,
      `warning  ${code}: ${message} (${rule})`,
      `notice   ${code}: ${message} (${rule})`,
    ]);
    assert.deepEqual(explainFindings([]), []);
  });
});
