import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OID } from '../asn1/oids.ts';
import { lintCertificate } from '../lint/lint-certificate.ts';
import { checkRevocation } from '../revocation/check/check-revocation.ts';
import { NOW, TestAuthority } from './testing/test-authority.ts';
import { validatePath } from './validate-path.ts';

const root = await TestAuthority.root('CN=Root');
const leaf = await root.leaf('CN=Leaf');
const sound = { leaf, anchors: [root.certificate], at: NOW };
const pem = root.certificate.toPem();

/** Options that make no sense, as those write them whom no compiler stops. */
const WRONG: readonly (readonly [string, object, RegExp])[] = [
  ['text for the list of certificates', { certificates: pem }, /^certificates is not an array$/],
  ['octets for the list of anchors', { anchors: root.certificate.der }, /^anchors is not an array$/],
  ['no anchors', { anchors: undefined }, /^anchors is not an array$/],
  ['text for the list of CRLs', { crls: 'x' }, /^crls is not an array$/],
  ['octets for the list of responses', { ocspResponses: Buffer.of(1) }, /^ocspResponses is not an array$/],
  ['text for the set of policies', { initialPolicySet: '2.5.29.32.0' }, /^initialPolicySet is not an array$/],
  ['a depth that is no number', { maxDepth: Number.NaN }, /^maxDepth is not a number from 0$/],
  ['a negative depth', { maxDepth: -1 }, /^maxDepth is not a number from 0$/],
  ['a budget that is no number', { maxWorkUnits: Number.NaN }, /^maxWorkUnits is not a number from 0$/],
  ['a budget in text', { maxWorkUnits: '64' }, /^maxWorkUnits is not a number from 0$/],
  ['a name without a type', { name: 'host.example.com' }, /^name has no type/],
  ['a name of an unknown type', { name: { type: 'DNS', value: 'a' } }, /^name has no type/],
  ['a name without a value', { name: { type: 'dns' } }, /^the value of name is not a string$/],
  ['no leaf', { leaf: undefined }, /^neither octets \(a Uint8Array\) nor text$/],
  ['an anchor that is nothing', { anchors: [null] }, /^neither octets \(a Uint8Array\) nor text$/],
  ['a response that is nothing', { ocspResponses: [null] }, /^not octets \(a Uint8Array\)$/],
];

describe('options that make no sense', () => {
  for (const [what, wrong, message] of WRONG) {
    it(`are told of by a TypeError: ${what}`, async () => {
      await assert.rejects(validatePath({ ...sound, ...wrong }), { name: 'TypeError', message });
    });
  }

  it('are told of by checkRevocation and lintCertificate, too', async () => {
    const question = { certificate: leaf, issuer: root.certificate, at: NOW };
    await assert.rejects(checkRevocation({ ...question, maxAgeSeconds: Number.NaN }), TypeError);
    await assert.rejects(checkRevocation({ ...question, crls: 'x' as unknown as [] }), TypeError);
    assert.throws(() => lintCertificate(leaf, 'webPKI' as 'webpki'), TypeError);
    assert.throws(() => lintCertificate(leaf, 'webpki', 'fatal' as 'error'), TypeError);
  });

  it('are none of these: an endless budget, the purpose of OCSP responders by either name', async () => {
    const responder = await root.leaf('CN=Responder', { extendedKeyUsage: ['OCSPSigning'] });
    assert.deepEqual(responder.extendedKeyUsage, [OID.ocspSigning]);
    for (const purpose of ['OCSPSigning', 'ocspSigning']) {
      const options = { ...sound, leaf: responder, purpose, maxWorkUnits: Number.POSITIVE_INFINITY };
      assert.equal((await validatePath(options)).valid, true);
    }
  });
});
