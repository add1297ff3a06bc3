import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import { ATTRIBUTE } from '../../names/attribute-types.ts';
import type { Report } from '../failure.ts';
import type { CertificateCheck } from './check.ts';

/** Purposes that a TLS server's certificate must not have beside its own (BR §7.1.2.7.10). */
const FORBIDDEN_BESIDE_SERVER_AUTH: readonly string[] = [
  OID.codeSigning,
  OID.emailProtection,
  OID.timeStamping,
  OID.ocspSigning,
  '1.3.6.1.4.1.11129.2.4.4',
];

/** What the CA/Browser Forum's Baseline Requirements (version 2) demand beyond RFC 5280, as far as a relying party can see it. */
export const checkWebPkiProfile: CertificateCheck = (certificate, role, { purpose }, report) => {
  if (certificate.version !== 3) {
    report('version_invalid', 'CA/Browser Forum BR §7.1.1', 'the certificate is not of version 3', {
      version: certificate.version,
    });
  }
  checkAuthorityKeyIdentifier(certificate, role === 'anchor', report);
  if (role !== 'leaf' && certificate.keyUsage === undefined) {
    report('extension_missing', 'CA/Browser Forum BR §7.1.2.10.7', 'a CA certificate has no key usage', {
      extension: 'keyUsage',
    });
  }
  if (role === 'leaf') {
    checkSubscriberUsage(certificate, purpose, report);
    checkSubscriberNames(certificate, purpose, report);
  } else if (role === 'anchor' && certificate.extension(OID.extKeyUsage) !== undefined) {
    report('extension_forbidden', 'CA/Browser Forum BR §7.1.2.1.2', 'a root has an extended key usage', {
      extension: 'extKeyUsage',
    });
  }
};

/** BR §7.1.2.11.1: the identifier of a key and nothing else; of a root its own. */
function checkAuthorityKeyIdentifier(certificate: Certificate, anchor: boolean, report: Report): void {
  const authority = certificate.authorityKeyIdentifier;
  if (authority === undefined) return;
  const rule = 'CA/Browser Forum BR §7.1.2.11.1';
  const values = { extension: 'authorityKeyIdentifier' };
  if (authority.keyIdentifier === undefined) {
    report('extension_inconsistent', rule, 'the authority key identifier has no key identifier', values);
  }
  if (authority.issuer !== undefined || authority.serialBytes !== undefined) {
    report(
      'extension_forbidden',
      rule,
      'the authority key identifier names an issuer or serial number',
      values,
    );
  }
  if (!anchor || !certificate.selfIssued || authority.keyIdentifier === undefined) return;
  if (certificate.subjectKeyIdentifier?.equals(authority.keyIdentifier) === false) {
    report(
      'extension_inconsistent',
      'CA/Browser Forum BR §7.1.2.1.3',
      'a root names another key as its authority',
      values,
    );
  }
}

/** BR §7.1.2.7.6, §7.1.2.7.8, §7.1.2.7.10. */
function checkSubscriberUsage(certificate: Certificate, purpose: string | undefined, report: Report): void {
  if (certificate.basicConstraints?.ca) {
    report(
      'extension_inconsistent',
      'CA/Browser Forum BR §7.1.2.7.8',
      'the certificate at the end of the path is a CA',
      {
        extension: 'basicConstraints',
      },
    );
  }
  const extension = certificate.extension(OID.extKeyUsage);
  const values = { extension: 'extKeyUsage' };
  if (extension === undefined) {
    report('extension_missing', 'CA/Browser Forum BR §7.1.2.7.6', 'there is no extended key usage', values);
    return;
  }
  if (extension.critical) {
    report(
      'extension_criticality',
      'CA/Browser Forum BR §7.1.2.7.6',
      'the extended key usage is critical',
      values,
    );
  }
  const granted = certificate.extendedKeyUsage!;
  const forbidden = granted.filter(
    (oid) =>
      oid === OID.anyExtendedKeyUsage ||
      (purpose === OID.serverAuth && FORBIDDEN_BESIDE_SERVER_AUTH.includes(oid)),
  );
  if (forbidden.length > 0) {
    report(
      'extension_forbidden',
      'CA/Browser Forum BR §7.1.2.7.10',
      'the extended key usage has purposes that are forbidden',
      {
        ...values,
        forbidden: forbidden.join(', '),
      },
    );
  }
}

/** BR §7.1.2.7.12, §7.1.4.3. */
function checkSubscriberNames(certificate: Certificate, purpose: string | undefined, report: Report): void {
  const extension = certificate.extension(OID.subjectAltName);
  if (extension === undefined) {
    report('extension_missing', 'CA/Browser Forum BR §7.1.2.7.12', 'there is no subjectAltName', {
      extension: 'subjectAltName',
    });
    return;
  }
  if (extension.critical && !certificate.subject.empty) {
    report(
      'extension_criticality',
      'CA/Browser Forum BR §7.1.2.7.12',
      'the subjectAltName is critical beside a subject',
      {
        extension: 'subjectAltName',
      },
    );
  }
  if (purpose !== OID.serverAuth) return;
  const names = { dns: new Set<string>(), ip: new Set<string>() };
  for (const name of certificate.subjectAltName!) {
    if (name.type === 'dns' || name.type === 'ip') names[name.type].add(name.value);
  }
  for (const rdn of certificate.subject.rdns) {
    for (const { type, value } of rdn) {
      if (type !== ATTRIBUTE.commonName || isAlternativeName(names, value)) continue;
      report(
        'extension_inconsistent',
        'CA/Browser Forum BR §7.1.4.3',
        'the common name is none of the subjectAltName',
        {
          commonName: value,
        },
      );
    }
  }
}

/**
 * Whether the common name is a copy of an entry of the subjectAltName, character for character. It is compared with the entries of its own kind only,
 * hosts or addresses, and the domain under a wildcard is let pass, because authorities do that and nobody takes a name from there.
 */
function isAlternativeName(
  names: Readonly<Record<'dns' | 'ip', ReadonlySet<string>>>,
  commonName: string,
): boolean {
  const kind = /^(?:0x[\da-f]+|[\d.]+|[\da-f]*:[\da-f:.]*)$/i.test(commonName) ? 'ip' : 'dns';
  const own = names[kind];
  return own.size === 0 || own.has(commonName) || own.has(`*.${commonName}`);
}
