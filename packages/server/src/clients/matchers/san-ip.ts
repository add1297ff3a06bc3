import { type Certificate, parseIp } from '@mortise/x509';
import type { MatcherKind } from './matcher-kind.ts';

/** An iPAddress by its octets, whatever the textual form. IPv4 and its IPv6-mapped form are two addresses. */
export const sanIp: MatcherKind = {
  kind: 'san_ip',
  member: 'tls_client_auth_san_ip',
  form: 'an IP address',

  canonical(value: string): string | undefined {
    return parseIp(value)?.toString('hex');
  },

  presented(certificate: Certificate): string[] {
    return (certificate.subjectAltName ?? []).flatMap((name) =>
      name.type === 'ip' ? name.bytes.toString('hex') : [],
    );
  },
};
