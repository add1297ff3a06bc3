import { OID } from '../asn1/oids.ts';
import type { Lint } from './lint.ts';

export const KEY_IDENTIFIER_LINTS: readonly Lint[] = [
  {
    code: 'authority_key_identifier_missing',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.1',
    check: (context) => {
      if (context.read(() => context.certificate.selfIssued) === true) return undefined;
      if (!context.has(OID.authorityKeyIdentifier)) return 'there is no authorityKeyIdentifier';
      const identifier = context.read(() => context.certificate.authorityKeyIdentifier);
      return identifier !== undefined && identifier.keyIdentifier === undefined
        ? 'authorityKeyIdentifier has no keyIdentifier'
        : undefined;
    },
  },
  {
    code: 'authority_key_identifier_partial',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.1',
    check: (context) => {
      const identifier = context.read(() => context.certificate.authorityKeyIdentifier);
      return identifier !== undefined &&
        (identifier.issuer === undefined) !== (identifier.serialBytes === undefined)
        ? 'authorityCertIssuer and authorityCertSerialNumber stand alone'
        : undefined;
    },
  },
  {
    code: 'ca_subject_key_identifier_missing',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.2',
    check: (context) =>
      context.ca && !context.has(OID.subjectKeyIdentifier) ? 'a CA has no subjectKeyIdentifier' : undefined,
  },
  {
    code: 'subject_key_identifier_missing',
    severity: 'notice',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.2',
    check: (context) =>
      !context.ca && !context.has(OID.subjectKeyIdentifier) ? 'there is no subjectKeyIdentifier' : undefined,
  },
];
