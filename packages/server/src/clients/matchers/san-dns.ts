import type { Certificate } from '@mortise/x509';
import type { MatcherKind } from './matcher-kind.ts';

const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** A dNSName, whole and in any case of letters; a wildcard names no client. */
export const sanDns: MatcherKind = {
  kind: 'san_dns',
  member: 'tls_client_auth_san_dns',
  form: 'a DNS name (without wildcard)',

  canonical(value: string): string | undefined {
    const lower = value.toLowerCase();
    return hostName.test(lower) ? lower : undefined;
  },

  presented(certificate: Certificate): string[] {
    return (certificate.subjectAltName ?? []).flatMap((name) =>
      name.type === 'dns' ? (this.canonical(name.value) ?? []) : [],
    );
  },
};
