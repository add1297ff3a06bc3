import { OID } from '../asn1/oids.ts';
import type { Lint } from './lint.ts';

const CLIENT_AUTH_ENDS = Date.UTC(2026, 5, 15);

/** extendedKeyUsage of server certificates and their CAs. */
export const EXTENDED_KEY_USAGE_LINTS: readonly Lint[] = [
  {
    code: 'extended_key_usage_repeated',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.12',
    check: ({ extendedKeyUsage }) =>
      extendedKeyUsage !== undefined && new Set(extendedKeyUsage).size < extendedKeyUsage.length
        ? 'a purpose is given more than once'
        : undefined,
  },
  {
    code: 'extended_key_usage_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.6',
    check: (context) =>
      context.server && !context.has(OID.extKeyUsage) ? 'there is no extendedKeyUsage' : undefined,
  },
  {
    code: 'ca_extended_key_usage_missing',
    severity: 'notice',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.10.6',
    check: (context) =>
      context.kind === 'intermediate' && !context.has(OID.extKeyUsage)
        ? 'an intermediate has no extendedKeyUsage'
        : undefined,
  },
  {
    code: 'extended_key_usage_critical',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.10',
    check: (context) => (context.critical(OID.extKeyUsage) ? 'extendedKeyUsage is critical' : undefined),
  },
  {
    code: 'extended_key_usage_not_allowed',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.10',
    check: (context) => {
      if (!context.server) return undefined;
      const forbidden: string[] = [
        OID.anyExtendedKeyUsage,
        OID.codeSigning,
        OID.emailProtection,
        OID.timeStamping,
        OID.ocspSigning,
      ];
      return (context.extendedKeyUsage ?? [])
        .filter((purpose) => forbidden.includes(purpose))
        .map((purpose) => `purpose ${purpose} is not allowed`);
    },
  },
  {
    code: 'client_auth_in_server_certificate',
    severity: 'warning',
    policy: 'webpki',
    rule: 'Chrome Root Program 3.2',
    check: (context) =>
      context.server &&
      context.extendedKeyUsage?.includes(OID.clientAuth) === true &&
      context.certificate.notBefore >= CLIENT_AUTH_ENDS
        ? 'a server certificate is also for clients'
        : undefined,
  },
];
