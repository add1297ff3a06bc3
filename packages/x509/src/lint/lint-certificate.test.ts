import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { type CertificateFields, createCertificate } from '../issuing/create-certificate.ts';
import { createKeySigner } from '../keys/signer.ts';
import type { LintPolicy } from './lint.ts';
import { LINTS, lintCertificate } from './lint-certificate.ts';

const root = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const DAY_MS = 86_400_000;
const ISSUED = Date.UTC(2027, 0, 1);

const SERVER: CertificateFields = {
  serialNumber: Buffer.alloc(16, 0x55),
  subject: 'CN=www.mortise.dev',
  issuer: 'CN=Issuing CA,O=Mortise,C=DE',
  notBefore: ISSUED,
  notAfter: ISSUED + 90 * DAY_MS,
  publicKey: leaf,
  basicConstraints: { ca: false },
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth'],
  subjectAltName: [{ type: 'dns', value: 'www.mortise.dev' }],
  certificatePolicies: ['2.23.140.1.2.1'],
  crlDistributionPoints: ['http://pki.mortise.dev/a.crl'],
  authorityInformationAccess: {
    ocsp: ['http://pki.mortise.dev/ocsp'],
    caIssuers: ['http://pki.mortise.dev/ca'],
  },
};

const AUTHORITY: Partial<CertificateFields> = {
  subject: 'CN=Issuing CA,O=Mortise,C=DE',
  issuer: 'CN=Root,O=Mortise,C=DE',
  basicConstraints: { ca: true, pathLength: 0 },
  keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
  subjectAltName: [],
};

async function lint(fields: Partial<CertificateFields>, policy: LintPolicy = 'webpki'): Promise<string[]> {
  return lintCertificate(await createCertificate({ ...SERVER, ...fields }, root), policy).map(
    ({ code }) => code,
  );
}

function extension(oid: string, hex: string, critical = false) {
  return { extensions: [{ oid, critical, value: Buffer.from(hex.replaceAll(' ', ''), 'hex') }] };
}

describe('lintCertificate', () => {
  it('finds nothing against a good server certificate but that its name is also in the subject', async () => {
    const found = await lint({});
    assert.deepEqual(found.sort(), ['subject_common_name_present']);
    assert.deepEqual(await lint({}, 'rfc5280'), []);
  });

  it('finds nothing against a good authority', async () => {
    assert.deepEqual(await lint(AUTHORITY), []);
  });

  it('leaves what only public TLS demands out of rfc5280', async () => {
    const internal: Partial<CertificateFields> = {
      subject: 'CN=Billing,OU=Payments',
      subjectAltName: [{ type: 'uri', value: 'spiffe://cluster.internal/billing' }],
      extendedKeyUsage: ['clientAuth'],
      notAfter: ISSUED + 3650 * DAY_MS,
    };
    assert.deepEqual(await lint(internal, 'rfc5280'), []);
    assert.ok((await lint(internal)).length > 0);
  });

  it('looks for nothing less severe than what is asked for', async () => {
    const faulty = await createCertificate(
      { ...SERVER, notAfter: ISSUED - 1000, extendedKeyUsage: ['serverAuth', 'serverAuth'] },
      root,
    );
    const all = lintCertificate(faulty, 'webpki');
    for (const [least, severities] of [
      ['error', ['error']],
      ['warning', ['error', 'warning']],
      ['notice', ['error', 'warning', 'notice']],
    ] as const) {
      const wanted = all.filter(({ severity }) => (severities as readonly string[]).includes(severity));
      assert.deepEqual(lintCertificate(faulty, 'webpki', least), wanted);
    }
    assert.ok(all.some(({ severity }) => severity === 'warning'));
  });

  it('has a code, a severity and a rule for each lint, and no code twice', () => {
    const codes = LINTS.map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length);
    for (const { code, rule } of LINTS) {
      assert.match(code, /^[a-z][a-z0-9_]*$/);
      assert.notEqual(rule, '');
    }
  });

  const RFC5280: readonly (readonly [string, Partial<CertificateFields>])[] = [
    ['issuer_empty', { issuer: '' }],
    ['subject_empty_without_alt_name', { subject: '', subjectAltName: [] }],
    ['attribute_too_long', { subject: `CN=${'a'.repeat(65)}` }],
    ['attribute_empty', { subject: 'CN=' }],
    ['attribute_control_characters', { subject: 'CN=a\\0ab' }],
    ['attribute_whitespace', { subject: 'CN=a\\ ' }],
    ['attribute_double_encoded', { subject: 'CN=MÃ¼ller' }],
    ['rdn_multi_valued', { subject: 'CN=a+O=b' }],
    ['country_not_printable_string', { subject: 'C=Ü' }],
    ['validity_not_positive', { notAfter: ISSUED - DAY_MS }],
    [
      'general_name_empty',
      { extensions: [{ oid: OID.issuerAltName, value: Buffer.from('30028200', 'hex') }] },
    ],
    ['dns_name_blank', { subjectAltName: [{ type: 'dns', value: ' ' }] }],
    ['email_name_invalid', { subjectAltName: [{ type: 'email', value: 'nobody' }] }],
    ['uri_relative', { subjectAltName: [{ type: 'uri', value: '/a' }] }],
    ['uri_invalid', { subjectAltName: [{ type: 'uri', value: 'https://a.b/%zz' }] }],
    ['uri_host_invalid', { subjectAltName: [{ type: 'uri', value: 'https://host/' }] }],
    ['dns_name_too_long', { subjectAltName: [{ type: 'dns', value: `${'a.'.repeat(130)}dev` }] }],
    ['dns_label_empty', { subjectAltName: [{ type: 'dns', value: 'a..dev' }] }],
    ['dns_label_too_long', { subjectAltName: [{ type: 'dns', value: `${'a'.repeat(64)}.dev` }] }],
    ['dns_label_hyphen', { subjectAltName: [{ type: 'dns', value: '-a.dev' }] }],
    ['dns_label_underscore', { subjectAltName: [{ type: 'dns', value: 'a_b.dev' }] }],
    ['dns_label_characters', { subjectAltName: [{ type: 'dns', value: 'a b.dev' }] }],
    ['dns_name_idn_invalid', { subjectAltName: [{ type: 'dns', value: 'xn--a.dev' }] }],
    ['dns_wildcard_misplaced', { subjectAltName: [{ type: 'dns', value: 'w*.a.dev' }] }],
    ['dns_name_is_address', { subjectAltName: [{ type: 'dns', value: '1.2.3.4' }] }],
    ['leaf_key_cert_sign', { keyUsage: ['keyCertSign'] }],
    ['ca_key_usage_missing', { ...AUTHORITY, keyUsage: [] }],
    ['key_usage_unfit_for_key', { keyUsage: ['keyEncipherment'] }],
    ['key_agreement_missing', { keyUsage: ['digitalSignature', 'encipherOnly'] }],
    ['key_usage_extended_key_usage_inconsistent', { keyUsage: ['cRLSign'] }],
    ['extended_key_usage_repeated', { extendedKeyUsage: ['serverAuth', 'serverAuth'] }],
    ['path_length_improper', { ...AUTHORITY, keyUsage: ['cRLSign'] }],
    ['name_constraints_not_in_ca', { nameConstraints: { permitted: [{ type: 'dns', value: 'dev' }] } }],
    [
      'name_constraint_dns_invalid',
      { ...AUTHORITY, nameConstraints: { permitted: [{ type: 'dns', value: 'a b' }] } },
    ],
    [
      'name_constraint_dns_leading_dot',
      { ...AUTHORITY, nameConstraints: { permitted: [{ type: 'dns', value: '.dev' }] } },
    ],
    [
      'name_constraint_ip_mask',
      { ...AUTHORITY, nameConstraints: { permitted: [{ type: 'ip', value: '10.0.0.0/255.0.255.0' }] } },
    ],
    [
      'name_constraint_type_unusable',
      { ...AUTHORITY, nameConstraints: { excluded: [{ type: 'registered-id', oid: '1.2.3' }] } },
    ],
    [
      'name_constraint_distance',
      { ...AUTHORITY, ...extension(OID.nameConstraints, '300a a008 3006 820161 800101', true) },
    ],
    [
      'policy_mapping_any_policy',
      { ...AUTHORITY, policyMappings: [{ issuerDomainPolicy: OID.anyPolicy, subjectDomainPolicy: '1.2.3' }] },
    ],
    [
      'policy_mapping_not_asserted',
      { ...AUTHORITY, policyMappings: [{ issuerDomainPolicy: '1.2.9', subjectDomainPolicy: '1.2.3' }] },
    ],
    [
      'any_extended_key_usage_critical',
      { extendedKeyUsage: [], ...extension(OID.extKeyUsage, '3006 0604551d2500', true) },
    ],
    ['policy_constraints_not_critical', { ...AUTHORITY, ...extension(OID.policyConstraints, '3003 800100') }],
    ['inhibit_any_policy_not_critical', { ...AUTHORITY, ...extension(OID.inhibitAnyPolicy, '020100') }],
    ['issuer_alt_name_critical', extension(OID.issuerAltName, '3003 820161', true)],
    ['subject_info_access_critical', extension(OID.subjectInfoAccess, '3000', true)],
    ['extension_is_empty_sequence', extension(OID.subjectInfoAccess, '3000')],
    ['part_malformed', extension(OID.freshestCRL, '3000')],
    [
      'distribution_point_incomplete',
      { crlDistributionPoints: [], ...extension(OID.cRLDistributionPoints, '3002 3000') },
    ],
    ['distribution_point_without_uri', { crlDistributionPoints: ['ftp://a.dev/b'] }],
    ['access_location_not_uri', { authorityInformationAccess: { caIssuers: ['file:///a'] } }],
    [
      'precertificate_with_timestamps',
      {
        extensions: [
          { oid: OID.precertificatePoison, critical: true, value: Buffer.of(5, 0) },
          { oid: OID.signedCertificateTimestamps, value: Buffer.of(4, 0) },
        ],
      },
    ],
    ['precertificate_poison_not_critical', extension(OID.precertificatePoison, '0500')],
  ];
  for (const [code, fields] of RFC5280) {
    it(`finds ${code} under rfc5280`, async () => {
      assert.ok((await lint(fields, 'rfc5280')).includes(code));
    });
  }

  const WEBPKI: readonly (readonly [string, Partial<CertificateFields>])[] = [
    [
      'leaf_basic_constraints_not_critical',
      { basicConstraints: undefined as never, ...extension(OID.basicConstraints, '3000') },
    ],
    ['validity_too_long', { notAfter: ISSUED + 201 * DAY_MS }],
    ['serial_number_predictable', { serialNumber: Buffer.of(1) }],
    ['ca_country_missing', { ...AUTHORITY, subject: 'CN=a,O=b' }],
    ['ca_organization_missing', { ...AUTHORITY, subject: 'CN=a,C=DE' }],
    ['ca_common_name_missing', { ...AUTHORITY, subject: 'O=a,C=DE' }],
    ['subject_country_invalid', { subject: 'C=ZZ' }],
    ['subject_country_not_uppercase', { subject: 'C=de' }],
    ['subject_country_missing', { subject: 'O=a' }],
    ['subject_place_missing', { subject: 'O=a,C=DE', certificatePolicies: ['2.23.140.1.2.2'] }],
    ['subject_place_without_organization', { subject: 'L=Berlin,C=DE' }],
    ['dv_subject_identified', { subject: 'O=a,C=DE' }],
    ['iv_person_missing', { certificatePolicies: ['2.23.140.1.2.3'] }],
    ['personal_name_without_policy', { subject: 'GN=a,SN=b,C=DE' }],
    ['organizational_unit_present', { subject: 'OU=a' }],
    ['subject_value_meaningless', { subject: 'O=-,C=DE' }],
    ['subject_attribute_repeated', { subject: 'O=a,O=b,C=DE' }],
    ['subject_order', { subject: 'C=DE,O=a' }],
    ['subject_common_names_several', { subject: 'CN=a,CN=b' }],
    ['subject_common_name_not_in_alt_name', { subject: 'CN=other.dev' }],
    ['subject_alt_name_missing', { subjectAltName: [] }],
    ['subject_alt_name_type_not_allowed', { subjectAltName: [{ type: 'email', value: 'a@b.dev' }] }],
    ['ip_address_reserved', { subjectAltName: [{ type: 'ip', value: '10.1.2.3' }] }],
    ['ip_address_reserved', { subjectAltName: [{ type: 'ip', value: 'fe80::1' }] }],
    ['dns_wildcard_bare', { subjectAltName: [{ type: 'dns', value: '*.dev' }] }],
    ['dns_name_internal', { subjectAltName: [{ type: 'dns', value: 'host' }] }],
    ['dns_name_internal', { subjectAltName: [{ type: 'dns', value: 'a.local' }] }],
    ['dns_name_arpa', { subjectAltName: [{ type: 'dns', value: '4.3.2.1.in-addr.arpa' }] }],
    ['extended_key_usage_missing', { extendedKeyUsage: [] }],
    ['extended_key_usage_not_allowed', { extendedKeyUsage: ['serverAuth', 'codeSigning'] }],
    ['client_auth_in_server_certificate', { extendedKeyUsage: ['serverAuth', 'clientAuth'] }],
    [
      'extended_key_usage_critical',
      { extendedKeyUsage: [], ...extension(OID.extKeyUsage, '300a 06082b06010505070301', true) },
    ],
    ['ca_key_cert_sign_missing', { ...AUTHORITY, keyUsage: ['cRLSign'] }],
    ['ca_crl_sign_missing', { ...AUTHORITY, keyUsage: ['keyCertSign'] }],
    ['ca_digital_signature_missing', { ...AUTHORITY, keyUsage: ['keyCertSign', 'cRLSign'] }],
    ['ca_extended_key_usage_missing', { ...AUTHORITY, extendedKeyUsage: [] }],
    ['root_path_length_present', { ...AUTHORITY, issuer: AUTHORITY.subject! }],
    ['certificate_policies_missing', { certificatePolicies: [] }],
    ['cps_uri_not_http', { certificatePolicies: [{ oid: '1.2.3', cps: 'cps' }] }],
    ['crl_distribution_point_not_http', { crlDistributionPoints: ['ldap://a.dev/b'] }],
    ['crl_distribution_points_missing', { ...AUTHORITY, crlDistributionPoints: [] }],
    ['authority_info_access_missing', { authorityInformationAccess: {} }],
    ['ca_issuers_missing', { authorityInformationAccess: { ocsp: ['http://a.dev'] } }],
    ['access_location_not_http', { authorityInformationAccess: { ocsp: ['https://a.dev'] } }],
    ['access_location_repeated', { authorityInformationAccess: { ocsp: ['http://a.dev', 'http://a.dev'] } }],
    ['access_location_internal', { authorityInformationAccess: { ocsp: ['http://pki.internal'] } }],
    ['ocsp_no_check_missing', { extendedKeyUsage: ['ocspSigning'] }],
    ['ocsp_certificate_policies_present', { extendedKeyUsage: ['ocspSigning'] }],
  ];
  for (const [index, [code, fields]] of WEBPKI.entries()) {
    it(`finds ${code} under webpki (${index})`, async () => {
      assert.ok((await lint(fields)).includes(code));
      assert.ok(!(await lint(fields, 'rfc5280')).includes(code));
    });
  }

  it('finds weak and odd RSA keys', async () => {
    const spki = (modulus: Buffer, exponent: number): Buffer =>
      encodeDer((writer) => {
        writer.sequence(() => {
          writer.sequence(() => {
            writer.oid(OID.rsaEncryption);
            writer.null();
          });
          writer.bitString(
            encodeDer((key) => {
              key.sequence(() => {
                key.integer(modulus);
                key.integer(exponent);
              });
            }),
          );
        });
      });
    const small = await lint({ publicKey: spki(Buffer.alloc(128, 0xff), 65_537) });
    assert.ok(small.includes('rsa_modulus_too_small'));
    const odd = await lint({ publicKey: spki(Buffer.concat([Buffer.of(1), Buffer.alloc(256, 0xaa)]), 4) });
    for (const code of [
      'rsa_modulus_size_odd',
      'rsa_modulus_factorable',
      'rsa_exponent_unfit',
      'rsa_exponent_unusual',
    ]) {
      assert.ok(odd.includes(code), code);
    }
  });

  it('stays within bounds on certificates with many names', async () => {
    const many = Array.from({ length: 2000 }, () => ({ type: 'dns' as const, value: '-a..b' }));
    const found = await lint({ subjectAltName: many });
    assert.ok(found.length < 200);
  });
});
