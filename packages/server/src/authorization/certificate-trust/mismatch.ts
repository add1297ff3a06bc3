import { type Certificate, X509Error } from '@mortise/x509';
import { type Client, matches, type TlsClientAuth } from '../../clients/index.ts';
import type { RefusalReason } from '../refusal.ts';

/** Names shown in an explanation; a certificate can hold thousands. */
const maximumShown = 10;

/** Why a certificate is not named as the client registered (RFC 8705 §2.1.2); undefined where it is. */
export function mismatch(client: Client, certificate: Certificate): RefusalReason | undefined {
  const matcher = client.tlsClientAuth;
  if (matcher === undefined) return { code: 'certificate_without_matcher' };
  if (matches(matcher, certificate)) return undefined;
  return {
    code: 'certificate_mismatch',
    matcher: matcher.kind,
    expected: matcher.value,
    presented: presentedNames(matcher.kind, certificate),
  };
}

/** The names that were compared, as a person writes them. */
function presentedNames(kind: TlsClientAuth['kind'], certificate: Certificate): string[] {
  try {
    if (kind === 'subject_dn') return [certificate.subject.toString()];
    const type = kind.slice('san_'.length);
    const names = (certificate.subjectAltName ?? []).flatMap((name) =>
      name.type === type && 'value' in name ? [String(name.value)] : [],
    );
    return names.slice(0, maximumShown);
  } catch (error) {
    if (error instanceof X509Error) return [];
    throw error;
  }
}
