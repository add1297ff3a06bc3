import type { Certificate } from '@mortise/x509';
import type { MatcherKind } from './matcher-kind.ts';

const mailbox = /^([!-?A-~]{1,64})@([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/;

/** An rfc822Name: the local part exactly, the host in any case of letters (RFC 5280 §7.5). */
export const sanEmail: MatcherKind = {
  kind: 'san_email',
  member: 'tls_client_auth_san_email',
  form: 'an email address',

  canonical(value: string): string | undefined {
    const parts = mailbox.exec(value);
    return parts === null ? undefined : `${parts[1]}@${parts[2]!.toLowerCase()}`;
  },

  presented(certificate: Certificate): string[] {
    return (certificate.subjectAltName ?? []).flatMap((name) =>
      name.type === 'email' ? (this.canonical(name.value) ?? []) : [],
    );
  },
};
