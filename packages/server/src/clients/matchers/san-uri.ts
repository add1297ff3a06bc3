import type { Certificate } from '@mortise/x509';
import type { MatcherKind } from './matcher-kind.ts';

const absoluteUri = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]{1,2000}$/;

/** A uniformResourceIdentifier, octet by octet: no part of it is folded. */
export const sanUri: MatcherKind = {
  kind: 'san_uri',
  member: 'tls_client_auth_san_uri',
  form: 'an absolute URI',

  canonical(value: string): string | undefined {
    return absoluteUri.test(value) ? value : undefined;
  },

  presented(certificate: Certificate): string[] {
    return (certificate.subjectAltName ?? []).flatMap((name) =>
      name.type === 'uri' ? (this.canonical(name.value) ?? []) : [],
    );
  },
};
