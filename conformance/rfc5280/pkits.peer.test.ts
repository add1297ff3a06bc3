/**
 * NIST's Public Key Interoperability Test Suite, from Debian's python3-cryptography-vectors: every test is given all certificates and all CRLs
 * of the suite at once, so that the path and the CRLs have to be found.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Certificate, CertificateRevocationList, validatePath } from '@mortise/x509';

const FOLDER = '/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data';
const missing = !existsSync(FOLDER);
const skip =
  missing && process.env['CI'] !== 'true' ? 'python3-cryptography-vectors is not installed' : false;

interface Settings {
  /** Numbers of NIST-test-policy; absent: any-policy. */
  readonly set?: readonly number[];
  readonly explicit?: boolean;
  readonly inhibitMapping?: boolean;
  readonly inhibitAny?: boolean;
}

type Subpart = readonly [valid: boolean, settings?: Settings];

/** Certificates whose names do not tell the result, or that are tested with settings: one entry for each subpart. */
const SUBPARTS: Readonly<Record<string, readonly Subpart[]>> = {
  ValidCertificatePathTest1EE: [
    [true],
    [true, { explicit: true }],
    [true, { explicit: true, set: [1] }],
    [false, { explicit: true, set: [2] }],
    [true, { explicit: true, set: [1, 2] }],
  ],
  AllCertificatesNoPoliciesTest2EE: [[true], [false, { explicit: true }]],
  DifferentPoliciesTest3EE: [[true], [false, { explicit: true }], [false, { explicit: true, set: [1, 2] }]],
  DifferentPoliciesTest4EE: [[false]],
  DifferentPoliciesTest5EE: [[false]],
  OverlappingPoliciesTest6EE: [[true], [true, { set: [1] }], [false, { set: [2] }]],
  DifferentPoliciesTest7EE: [[false]],
  DifferentPoliciesTest8EE: [[false]],
  DifferentPoliciesTest9EE: [[false]],
  AllCertificatesSamePoliciesTest10EE: [[true], [true, { set: [1] }], [true, { set: [2] }]],
  AllCertificatesanyPolicyTest11EE: [[true], [true, { set: [1] }]],
  DifferentPoliciesTest12EE: [[false]],
  AllCertificatesSamePoliciesTest13EE: [
    [true, { set: [1] }],
    [true, { set: [2] }],
    [true, { set: [3] }],
  ],
  AnyPolicyTest14EE: [
    [true, { set: [1] }],
    [false, { set: [2] }],
  ],
  UserNoticeQualifierTest15EE: [[true]],
  UserNoticeQualifierTest16EE: [[true]],
  UserNoticeQualifierTest17EE: [[true]],
  UserNoticeQualifierTest18EE: [
    [true, { set: [1] }],
    [true, { set: [2] }],
  ],
  UserNoticeQualifierTest19EE: [[true]],
  CPSPointerQualifierTest20EE: [[true, { explicit: true, set: [1] }]],
  ValidPolicyMappingTest1EE: [
    [true, { set: [1] }],
    [false, { set: [2] }],
    [false, { inhibitMapping: true }],
  ],
  InvalidPolicyMappingTest2EE: [[false], [false, { inhibitMapping: true }]],
  ValidPolicyMappingTest3EE: [
    [false, { set: [1] }],
    [true, { set: [2] }],
  ],
  ValidPolicyMappingTest5EE: [
    [true, { set: [1] }],
    [false, { set: [6] }],
  ],
  ValidPolicyMappingTest6EE: [
    [true, { set: [1] }],
    [false, { set: [6] }],
  ],
  ValidPolicyMappingTest12EE: [
    [true, { set: [1] }],
    [true, { set: [2] }],
  ],
  ValidPolicyMappingTest13EE: [[true], [true, { set: [1, 2] }], [false, { set: [2] }]],
  inhibitAnyPolicyTest3EE: [[true], [false, { inhibitAny: true }]],
};

/** Test 4.1.5: no runtime that Mortise uses takes a DSA key whose parameters are its issuer's. */
const EXCEPTED = 'ValidDSAParameterInheritanceTest5EE';

function subpartsOf(name: string): readonly Subpart[] {
  return SUBPARTS[name] ?? [[name.startsWith('Valid')]];
}

describe('PKITS', { skip }, async () => {
  if (missing) {
    it('has its vectors', () => assert.fail('install python3-cryptography-vectors'));
    return;
  }
  const files = readdirSync(`${FOLDER}/certs`).map((file) => file.replace(/\.crt$/, ''));
  const read = (name: string): Buffer => readFileSync(`${FOLDER}/certs/${name}.crt`);
  const anchors = [Certificate.parse(read('TrustAnchorRootCertificate'))];
  const certificates = files
    .filter((name) => !/Test\d+EE$/.test(name) && name !== 'TrustAnchorRootCertificate')
    .map(read);
  const crls: (CertificateRevocationList | Uint8Array)[] = [];
  for (const file of readdirSync(`${FOLDER}/crls`)) {
    const der = readFileSync(`${FOLDER}/crls/${file}`);
    // One CRL of the suite has a signature that is no BIT STRING of whole octets; it goes in as it is.
    crls.push(file === 'BadCRLSignatureCACRL.crl' ? der : CertificateRevocationList.parse(der));
  }
  const ends = files.filter((name) => /Test\d+EE$/.test(name));

  it('has all of its 223 end certificates', () => assert.equal(ends.length, 223));

  for (const policy of [undefined, 'rfc5280'] as const) {
    for (const name of ends) {
      for (const [index, [valid, settings = {}]] of subpartsOf(name).entries()) {
        it(`${name}, subpart ${index + 1}, is ${valid ? 'valid' : 'invalid'} with policy ${policy}`, async () => {
          const result = await validatePath({
            leaf: read(name),
            certificates,
            anchors,
            at: new Date('2020-06-01T00:00:00Z'),
            policy,
            crls,
            revocation: 'require',
            initialPolicySet: settings.set?.map((number) => `2.16.840.1.101.3.2.1.48.${number}`),
            requireExplicitPolicy: settings.explicit,
            inhibitPolicyMapping: settings.inhibitMapping,
            inhibitAnyPolicy: settings.inhibitAny,
          });
          const why = result.valid ? 'it was accepted' : result.failures.map(({ code }) => code).join(', ');
          assert.equal(result.valid, name === EXCEPTED ? false : valid, why);
        });
      }
    }
  }
});
