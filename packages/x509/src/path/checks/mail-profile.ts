import { OID } from '../../asn1/oids.ts';
import type { CertificateCheck } from './check.ts';

/** Purposes that no certificate of a path for mail may have beside its own (S/MIME BR §7.1.2.2 (g), §7.1.2.3 (f)). */
const FORBIDDEN: readonly string[] = [
  OID.serverAuth,
  OID.codeSigning,
  OID.timeStamping,
  OID.anyExtendedKeyUsage,
];

/** What the CA/Browser Forum's S/MIME Baseline Requirements demand where the purpose is `emailProtection`, as far as a relying party can see it. */
export const checkMailProfile: CertificateCheck = (certificate, role, { purpose }, report) => {
  if (purpose !== OID.emailProtection) return;
  const usage = { extension: 'extKeyUsage' };
  const granted = certificate.extendedKeyUsage;
  if (role === 'anchor') {
    if (granted !== undefined) {
      report('extension_forbidden', 'S/MIME BR §7.1.2.1 (d)', 'a root has an extended key usage', usage);
    }
    return;
  }
  const section = role === 'leaf' ? '§7.1.2.3' : '§7.1.2.2';
  if (granted === undefined && role === 'leaf') {
    report('extension_missing', `S/MIME BR ${section} (f)`, 'there is no extended key usage', usage);
  }
  const forbidden = granted?.filter((oid) => FORBIDDEN.includes(oid)) ?? [];
  if (forbidden.length > 0) {
    const message = 'the extended key usage has purposes that are forbidden';
    report('extension_forbidden', `S/MIME BR ${section}`, message, {
      ...usage,
      forbidden: forbidden.join(', '),
    });
  }
  const { keyUsage } = certificate;
  if (keyUsage === undefined) {
    report('extension_missing', `S/MIME BR ${section} (e)`, 'there is no key usage', {
      extension: 'keyUsage',
    });
  } else if (role === 'intermediate' && !keyUsage.has('cRLSign')) {
    report('extension_inconsistent', 'S/MIME BR §7.1.2.2 (e)', 'the key usage of the issuer lacks cRLSign', {
      extension: 'keyUsage',
    });
  }
  if (role === 'leaf' && certificate.extension(OID.subjectAltName)?.critical && !certificate.subject.empty) {
    report(
      'extension_criticality',
      'S/MIME BR §7.1.2.3 (h)',
      'the subjectAltName is critical beside a subject',
      {
        extension: 'subjectAltName',
      },
    );
  }
};
