import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import type { Report } from '../failure.ts';
import type { CertificateCheck, CertificateRole, CheckContext } from './check.ts';

/** Extensions with the criticality that RFC 5280 §4.2 demands of them. */
const CRITICALITY: readonly { oid: string; name: string; critical: boolean; section: string }[] = [
  { oid: OID.authorityKeyIdentifier, name: 'authorityKeyIdentifier', critical: false, section: '§4.2.1.1' },
  { oid: OID.subjectKeyIdentifier, name: 'subjectKeyIdentifier', critical: false, section: '§4.2.1.2' },
  { oid: OID.nameConstraints, name: 'nameConstraints', critical: true, section: '§4.2.1.10' },
  { oid: OID.policyConstraints, name: 'policyConstraints', critical: true, section: '§4.2.1.11' },
  { oid: OID.inhibitAnyPolicy, name: 'inhibitAnyPolicy', critical: true, section: '§4.2.1.14' },
  { oid: OID.freshestCRL, name: 'freshestCRL', critical: false, section: '§4.2.1.15' },
  { oid: OID.authorityInfoAccess, name: 'authorityInfoAccess', critical: false, section: '§4.2.2.1' },
  { oid: OID.subjectInfoAccess, name: 'subjectInfoAccess', critical: false, section: '§4.2.2.2' },
];

/** What RFC 5280 §4 demands of every certificate that a conforming authority issues, as far as a relying party can see it. */
export const checkIssuerProfile: CertificateCheck = (certificate, role, { policy }, report) => {
  checkSerialNumber(certificate, role === 'anchor', report);
  checkNames(certificate, role !== 'leaf', report);
  checkKeyIdentifiers(certificate, role !== 'leaf', report);
  for (const { oid, name, critical, section } of CRITICALITY) {
    const extension = certificate.extension(oid);
    if (extension === undefined || extension.critical === critical) continue;
    // NIST's PKITS, which RFC 5280 §6 is tested by, has it non-critical where it takes effect at once, and wants that let pass.
    if (oid === OID.policyConstraints && certificate.policyConstraints?.requireExplicitPolicy === 0) continue;
    // The web PKI lets name constraints be non-critical (CA/Browser Forum BR §7.1.2.10.8).
    if (oid === OID.nameConstraints && policy === 'webpki') continue;
    const message = critical ? 'an extension is not marked critical' : 'an extension is marked critical';
    report('extension_criticality', `RFC 5280 ${section}`, message, { extension: name });
  }
  checkCertificateAuthorityProfile(certificate, role, policy, report);
  checkDistributionPoints(certificate, report);
  checkUsageOfSigningKey(certificate, report);
  if (role === 'leaf') checkDnsNames(certificate, report);
  decodeAll(certificate);
};

/** §4.1.2.2. Anchors are let off: several roots that everybody trusts have the serial number 0. */
function checkSerialNumber(certificate: Certificate, anchor: boolean, report: Report): void {
  if (anchor) return;
  const octets = certificate.serialBytes;
  const significant = octets[0] === 0 ? octets.length - 1 : octets.length;
  let why: string | undefined;
  if (octets[0]! >= 0x80) why = 'the serial number is negative';
  else if (significant === 0) why = 'the serial number is zero';
  else if (significant > 20) why = 'the serial number is longer than 20 octets';
  if (why === undefined) return;
  report('serial_invalid', 'RFC 5280 §4.1.2.2', why, { serialNumber: certificate.serialNumber.slice(0, 64) });
}

/** §4.1.2.4, §4.1.2.6, §4.2.1.6. */
function checkNames(certificate: Certificate, issues: boolean, report: Report): void {
  if (certificate.issuer.empty) report('issuer_empty', 'RFC 5280 §4.1.2.4', 'the issuer is empty');
  if (!certificate.subject.empty) return;
  if (issues) {
    report('subject_empty', 'RFC 5280 §4.1.2.6', 'the subject of a CA is empty');
    return;
  }
  const names = certificate.extension(OID.subjectAltName);
  if (names === undefined) {
    report('subject_empty', 'RFC 5280 §4.1.2.6', 'the subject is empty and there is no subjectAltName');
  } else if (!names.critical) {
    report(
      'extension_criticality',
      'RFC 5280 §4.2.1.6',
      'the subject is empty, but the subjectAltName is not critical',
      {
        extension: 'subjectAltName',
      },
    );
  }
}

/** §4.2.1.1, §4.2.1.2. A self-signed certificate may leave out the authority's identifier. */
function checkKeyIdentifiers(certificate: Certificate, issues: boolean, report: Report): void {
  const authority = certificate.authorityKeyIdentifier;
  if (
    authority === undefined
      ? !certificate.selfIssued
      : authority.keyIdentifier === undefined && !certificate.selfIssued
  ) {
    report('extension_missing', 'RFC 5280 §4.2.1.1', 'there is no key identifier of the authority', {
      extension: 'authorityKeyIdentifier',
    });
  }
  if (issues && certificate.subjectKeyIdentifier === undefined) {
    report(
      'extension_missing',
      'RFC 5280 §4.2.1.2',
      'a CA certificate has no key identifier of its subject',
      {
        extension: 'subjectKeyIdentifier',
      },
    );
  }
}

/** §4.2.1.3, §4.2.1.9, §4.2.1.10. */
function checkCertificateAuthorityProfile(
  certificate: Certificate,
  role: CertificateRole,
  policy: CheckContext['policy'],
  report: Report,
): void {
  const { basicConstraints, keyUsage } = certificate;
  const ca = basicConstraints?.ca === true;
  if (keyUsage?.size === 0) {
    report('extension_inconsistent', 'RFC 5280 §4.2.1.3', 'the key usage has no bit set', {
      extension: 'keyUsage',
    });
  }
  if (!ca && keyUsage?.has('keyCertSign')) {
    report('extension_inconsistent', 'RFC 5280 §4.2.1.9', 'the key usage asserts keyCertSign without cA', {
      extension: 'keyUsage',
    });
  }
  if (!ca && basicConstraints?.pathLength !== undefined) {
    report(
      'extension_inconsistent',
      'RFC 5280 §4.2.1.9',
      'a path length stands in a certificate that is no CA',
      {
        extension: 'basicConstraints',
      },
    );
  }
  if (!ca && certificate.extension(OID.nameConstraints) !== undefined) {
    report(
      'extension_forbidden',
      'RFC 5280 §4.2.1.10',
      'name constraints stand in a certificate that is no CA',
      {
        extension: 'nameConstraints',
      },
    );
  }
  if (role === 'leaf') return;
  // Of intermediates, PKITS (4.6.4) wants it let pass.
  const mustBeCritical = role === 'anchor' || policy === 'webpki';
  if (ca && mustBeCritical && !certificate.extension(OID.basicConstraints)!.critical) {
    report('extension_criticality', 'RFC 5280 §4.2.1.9', 'the basic constraints of a CA are not critical', {
      extension: 'basicConstraints',
    });
  }
  if (certificate.version !== 3) {
    report('version_invalid', 'RFC 5280 §4.1.2.1', 'the certificate of a CA is not of version 3', {
      version: certificate.version,
    });
  }
}

const DNS_NAME = /^(?:\*\.)?(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/;

/** §4.2.1.6: a dNSName is in the preferred name syntax, which knows no underscores; a wildcard may come first (RFC 9525 §6.3). */
function checkDnsNames(certificate: Certificate, report: Report): void {
  for (const name of certificate.subjectAltName ?? []) {
    if (name.type !== 'dns' || DNS_NAME.test(name.value)) continue;
    report('extension_inconsistent', 'RFC 5280 §4.2.1.6', 'a dNSName is not in the preferred name syntax', {
      extension: 'subjectAltName',
      name: name.value.slice(0, 253),
    });
  }
}

/** Kinds of keys that can only sign, and usages that they cannot have (RFC 8410 §5, RFC 9881 §5). */
const SIGNING_KINDS: readonly string[] = ['ed25519', 'ed448', 'ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'];
const OTHER_THAN_SIGNING = [
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'encipherOnly',
  'decipherOnly',
] as const;

function checkUsageOfSigningKey(certificate: Certificate, report: Report): void {
  const { keyUsage } = certificate;
  if (keyUsage === undefined) return;
  const odd = OTHER_THAN_SIGNING.filter((usage) => keyUsage.has(usage));
  if (odd.length === 0 || !SIGNING_KINDS.includes(certificate.publicKeyInfo.kind)) return;
  report(
    'extension_inconsistent',
    'RFC 8410 §5, RFC 9881 §5',
    'the key can only sign, but its usage says more',
    {
      extension: 'keyUsage',
      keyUsage: odd.join(', '),
    },
  );
}

/** §4.2.1.13: each name of a distribution point is a way to fetch the CRL, by URI or from a directory. */
function checkDistributionPoints(certificate: Certificate, report: Report): void {
  for (const { name } of certificate.crlDistributionPoints ?? []) {
    if (name?.fullName?.every(({ type }) => type === 'uri' || type === 'directory') !== false) continue;
    report(
      'extension_inconsistent',
      'RFC 5280 §4.2.1.13',
      'a distribution point has a name that leads nowhere',
      {
        extension: 'cRLDistributionPoints',
      },
    );
  }
}

/** Asks for every extension that is known, so that a malformed one is found (the getters throw). */
function decodeAll(certificate: Certificate): void {
  void certificate.subject.rdns;
  void certificate.issuer.rdns;
  void certificate.subjectAltName;
  void certificate.issuerAltName;
  void certificate.nameConstraints;
  void certificate.certificatePolicies;
  void certificate.policyMappings;
  void certificate.policyConstraints;
  void certificate.inhibitAnyPolicy;
  void certificate.extendedKeyUsage;
  void certificate.crlDistributionPoints;
  void certificate.freshestCrl;
  void certificate.authorityInformationAccess;
  void certificate.subjectInformationAccess;
  void certificate.subjectDirectoryAttributes;
  void certificate.tlsFeature;
}
