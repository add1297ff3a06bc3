import type { ConnectionCertificate, RefusalDetail, RefusalReason, WhenStale } from './access.ts';
import type { Denylist } from './revocation/denylist.ts';
import type { VerifiedToken } from './tokens/token-verifier.ts';

/** What a verified token is held against on every request. */
export interface AdmissionFacts {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly clockToleranceMs: number;
  readonly certificate: ConnectionCertificate | undefined;
  readonly requiresBinding: boolean;
  readonly scope: readonly string[];
  /** Undefined: revocation is switched off. */
  readonly denylist: Denylist | undefined;
  readonly isStale: () => boolean;
  readonly whenStale: WhenStale;
}

/**
 * Whether a token whose signature and claims have been verified may be used now, on this connection, for this route. Pure. Undefined: it
 * may. The order is that of the private reasons: the first that holds is told.
 */
export function refusalOf(token: VerifiedToken, facts: AdmissionFacts): RefusalDetail | undefined {
  return (
    refusedByTime(token, facts) ??
    refusedByBinding(token, facts) ??
    refusedByRevocation(token, facts) ??
    refusedByScope(token, facts)
  );
}

function refusedByTime(
  token: VerifiedToken,
  { now, clockToleranceMs }: AdmissionFacts,
): RefusalDetail | undefined {
  const { expiresAt, issuedAt } = token.access;
  if (now >= expiresAt + clockToleranceMs)
    return refused(token, 'expired', `the token expired at ${iso(expiresAt)}`);
  const latest = now + clockToleranceMs;
  if (token.notBefore > latest) {
    return refused(token, 'not_yet_valid', `the token is valid from ${iso(token.notBefore)}`);
  }
  if (issuedAt > latest) {
    return refused(token, 'issued_in_future', `the token was issued at ${iso(issuedAt)}, which is to come`);
  }
  return undefined;
}

function refusedByBinding(token: VerifiedToken, facts: AdmissionFacts): RefusalDetail | undefined {
  const { binding } = token.access;
  const { certificate, now, clockToleranceMs } = facts;
  if (binding === undefined) {
    if (!facts.requiresBinding) return undefined;
    return refused(token, 'binding_required', 'a bearer token, where one bound to a certificate is required');
  }
  if (certificate === undefined) {
    return refused(
      token,
      'certificate_missing',
      `the token is bound to ${binding.thumbprint}, the connection has no certificate`,
    );
  }
  if (certificate.thumbprint !== binding.thumbprint) {
    return refused(
      token,
      'certificate_mismatch',
      `the token is bound to ${binding.thumbprint}, the connection presents ${certificate.thumbprint}`,
    );
  }
  if (now > certificate.notAfter) {
    return refused(token, 'certificate_expired', `the certificate expired at ${iso(certificate.notAfter)}`);
  }
  if (certificate.notBefore > now + clockToleranceMs) {
    return refused(
      token,
      'certificate_not_yet_valid',
      `the certificate is valid from ${iso(certificate.notBefore)}`,
    );
  }
  return undefined;
}

function refusedByRevocation(token: VerifiedToken, facts: AdmissionFacts): RefusalDetail | undefined {
  const { denylist, certificate } = facts;
  if (denylist === undefined) return undefined;
  const entry =
    denylist.denies(token.facts) ??
    // A bound token names its certificate itself; a bearer token may come over a connection whose certificate is revoked.
    (certificate !== undefined && token.access.binding === undefined
      ? denylist.denies({ certificates: [certificate.thumbprint] })
      : undefined);
  if (entry !== undefined)
    return refused(token, 'revoked', `the ${entry.kind} ${JSON.stringify(entry.id)} is revoked`);
  if (facts.whenStale === 'fail-closed' && facts.isStale()) {
    return refused(token, 'revocation_stale', 'the denylist is older than its limit');
  }
  return undefined;
}

function refusedByScope(token: VerifiedToken, facts: AdmissionFacts): RefusalDetail | undefined {
  for (const scope of facts.scope) {
    if (token.access.scope.includes(scope)) continue;
    return refused(
      token,
      'insufficient_scope',
      `the route asks for ${facts.scope.join(' ')}, the token has ${token.access.scope.join(' ') || 'none'}`,
    );
  }
  return undefined;
}

function refused({ access }: VerifiedToken, reason: RefusalReason, detail: string): RefusalDetail {
  return { reason, detail, clientId: access.clientId, tokenId: access.tokenId };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
