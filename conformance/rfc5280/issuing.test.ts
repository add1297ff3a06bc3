import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Certificate, lintCertificate, validatePath } from '@mortise/x509';
import { type Issued, issueEveryProfile } from './making/issue-every-profile.ts';

const keyTypes = ['ec-p256', 'ec-p384', 'ed25519', 'rsa-2048'] as const;

const octetsOf = (certificate: Certificate) => certificate.serialBytes;

describe('what is issued', () => {
  for (const keyType of keyTypes) {
    it(`by a ${keyType} authority is right under the policy rfc5280, in every shipped profile`, async (t) => {
      for (const { certificate, chain, root, at } of await issueEveryProfile(t, keyType)) {
        const anchors = [root];
        const verdict = await validatePath({
          leaf: certificate,
          certificates: chain,
          anchors,
          at,
          policy: 'rfc5280',
        });
        assert.equal(verdict.valid, true, JSON.stringify(verdict));
        const faults = lintCertificate(certificate).filter(({ severity }) => severity === 'error');
        assert.deepEqual(faults, []);
      }
    });
  }

  it('has a serial number that is positive, of at most 20 octets, and not to be guessed', async (t) => {
    const issued: Issued[] = [];
    for (let round = 0; round < 5; round += 1) issued.push(...(await issueEveryProfile(t, 'ec-p256')));
    const numbers = issued
      .flatMap(({ certificate, chain, root }) => [certificate, ...chain, root])
      .map(octetsOf);
    for (const octets of numbers) {
      assert.ok(octets.length >= 9 && octets.length <= 20, octets.toString('hex'));
      assert.ok(octets[0]! < 0x80);
    }
    const leaves = new Set(issued.map(({ certificate }) => certificate.serialNumber));
    assert.equal(leaves.size, issued.length);
  });

  it('has the identifier of its key, and that of the key which signed it', async (t) => {
    for (const { certificate, chain, root } of await issueEveryProfile(t, 'ec-p256')) {
      const issuer = chain[0] ?? root;
      assert.ok(certificate.subjectKeyIdentifier !== undefined);
      const { keyIdentifier } = certificate.authorityKeyIdentifier ?? {};
      assert.deepEqual(keyIdentifier, issuer.subjectKeyIdentifier);
      assert.ok(certificate.issuer.equals(issuer.subject));
    }
  });
});
