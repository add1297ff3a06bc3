import { createHash } from 'node:crypto';
import { type Certificate, Name, X509Error } from '@mortise/x509';
import type { MatcherKind } from './matcher-kind.ts';

/**
 * The whole subject name, compared by RFC 5280 §7.1 on parsed DER, so that all RFC 4514 forms of a name are
 * one. The canonical form is a digest, because a name can be long.
 */
export const subjectDn: MatcherKind = {
  kind: 'subject_dn',
  member: 'tls_client_auth_subject_dn',
  form: 'a distinguished name of RFC 4514, such as CN=billing,O=Example',

  canonical(value: string): string | undefined {
    try {
      return canonicalName(Name.parse(value));
    } catch (error) {
      if (error instanceof X509Error) return undefined;
      throw error;
    }
  },

  presented(certificate: Certificate): string[] {
    const canonical = canonicalName(certificate.subject);
    return canonical === undefined ? [] : [canonical];
  },
};

function canonicalName(name: Name): string | undefined {
  // Reading the parts makes a malformed name throw instead of matching by its octets.
  if (name.rdns.length === 0) return undefined;
  return createHash('sha256').update(name.normalized).digest('base64url');
}
