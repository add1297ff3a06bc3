import { type Certificate, X509Error } from '@mortise/x509';
import type { TlsClientAuth } from '../client.ts';
import type { MatcherKind } from './matcher-kind.ts';
import { sanDns } from './san-dns.ts';
import { sanEmail } from './san-email.ts';
import { sanIp } from './san-ip.ts';
import { sanUri } from './san-uri.ts';
import { subjectDn } from './subject-dn.ts';

export const matcherKinds: readonly MatcherKind[] = [subjectDn, sanDns, sanUri, sanIp, sanEmail];

/** Most names of one certificate that are looked up; one with more belongs to nobody. */
const maximumPresentedNames = 64;

const canonicalForms = new WeakMap<TlsClientAuth, string | undefined>();

/**
 * Whether the certificate names the client of this matcher. Says nothing about the certificate's validity. A
 * certificate whose names cannot be decoded matches nothing; never throws for one.
 */
export function matches(matcher: TlsClientAuth, certificate: Certificate): boolean {
  let registered = canonicalForms.get(matcher);
  if (registered === undefined) {
    registered = kindOf(matcher).canonical(matcher.value);
    canonicalForms.set(matcher, registered);
  }
  return registered !== undefined && presentedNames(kindOf(matcher), certificate).includes(registered);
}

/** The matcher as text: equal exactly where two matchers accept the same certificates. Undefined: it accepts none. */
export function canonicalMatcher(matcher: TlsClientAuth): string | undefined {
  const canonical = kindOf(matcher).canonical(matcher.value);
  return canonical === undefined ? undefined : `${matcher.kind}:${canonical}`;
}

/** Every canonical matcher that would accept this certificate; none where there are more than 64. */
export function matchersAccepting(certificate: Certificate): string[] {
  const accepting = matcherKinds.flatMap((kind) =>
    presentedNames(kind, certificate).map((value) => `${kind.kind}:${value}`),
  );
  return accepting.length > maximumPresentedNames ? [] : [...new Set(accepting)];
}

export function kindOf(matcher: Pick<TlsClientAuth, 'kind'>): MatcherKind {
  return matcherKinds.find((kind) => kind.kind === matcher.kind)!;
}

function presentedNames(kind: MatcherKind, certificate: Certificate): string[] {
  try {
    return kind.presented(certificate);
  } catch (error) {
    if (error instanceof X509Error) return [];
    throw error;
  }
}
