import type { Access, Binding, RefusalReason } from '../access.ts';
import type { DenylistFacts } from '../revocation/denylist.ts';

/** What the claims are held against. */
export interface ClaimExpectations {
  readonly issuer: string;
  readonly resource: string;
}

/** An access token whose claims have the right form and are meant for this resource; its times are still to be compared. */
export interface AccessTokenClaims {
  readonly access: Access;
  /** Epoch milliseconds; 0 when the token has no `nbf`. */
  readonly notBefore: number;
  /** What the denylist is asked. */
  readonly facts: DenylistFacts;
}

export interface ClaimsRefused {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** Checks everything about the claims that does not change with time (RFC 9068 §2.2 and §4, RFC 8705 §3.1). */
export function readAccessTokenClaims(
  claims: Record<string, unknown>,
  keyId: string | undefined,
  expected: ClaimExpectations,
): AccessTokenClaims | ClaimsRefused {
  const { iss, aud, exp, iat, nbf, sub, jti, client_id: clientId, scope, cnf } = claims;
  if (typeof iss !== 'string') return wrongForm('iss', iss);
  if (iss !== expected.issuer) {
    return { reason: 'issuer_mismatch', detail: `"iss" is ${quote(iss)}, not ${quote(expected.issuer)}` };
  }
  const audience = typeof aud === 'string' ? [aud] : aud;
  if (!isStrings(audience)) return wrongForm('aud', aud);
  if (!audience.includes(expected.resource)) {
    return {
      reason: 'audience_mismatch',
      detail: `"aud" is ${audience.map(quote).join(', ')}, not ${quote(expected.resource)}`,
    };
  }
  if (!isNumericDate(exp)) return wrongForm('exp', exp);
  if (!isNumericDate(iat)) return wrongForm('iat', iat);
  if (nbf !== undefined && !isNumericDate(nbf)) return wrongForm('nbf', nbf);
  if (iat > exp) return { reason: 'claims_malformed', detail: '"iat" is after "exp"' };
  if (!isFilled(sub)) return wrongForm('sub', sub);
  if (!isFilled(jti)) return wrongForm('jti', jti);
  if (!isFilled(clientId)) return wrongForm('client_id', clientId);
  if (scope !== undefined && typeof scope !== 'string') return wrongForm('scope', scope);
  const binding = readBinding(cnf);
  if (binding === 'unsupported') {
    return { reason: 'binding_unsupported', detail: '"cnf" is not exactly one "x5t#S256"' };
  }
  const revocable = readRevocable(claims['mortise']);
  if (revocable === undefined) return wrongForm('mortise', claims['mortise']);
  return {
    // Requests of the same token share these objects: a handler that wrote to them would grant itself what the token does not.
    access: Object.freeze({
      clientId,
      subject: sub,
      scope: Object.freeze(scope === undefined ? [] : scope.split(' ').filter((token) => token !== '')),
      tokenId: jti,
      issuer: iss,
      audience: Object.freeze(audience),
      issuedAt: iat * 1000,
      expiresAt: exp * 1000,
      binding: binding && Object.freeze(binding),
      claims: Object.freeze(claims),
    }),
    notBefore: nbf === undefined ? 0 : nbf * 1000,
    facts: {
      clientId,
      epoch: revocable.epoch,
      credentialIds: revocable.credentialIds,
      authorityIds: revocable.authorityIds,
      certificates: binding === undefined ? undefined : [binding.thumbprint],
      tokenId: jti,
      keyId,
    },
  };
}

/** A token with `cnf` never passes as a bearer token: whatever is not understood in full refuses it (RFC 7800 §3.1). */
function readBinding(cnf: unknown): Binding | undefined | 'unsupported' {
  if (cnf === undefined) return undefined;
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return 'unsupported';
  const members = Object.keys(cnf);
  const thumbprint: unknown = (cnf as Record<string, unknown>)['x5t#S256'];
  if (members.length !== 1 || typeof thumbprint !== 'string' || thumbprint.length !== 43)
    return 'unsupported';
  return { type: 'x5t#S256', thumbprint };
}

/** The private claim by which a token names what can revoke it. A token without it counts as of the lowest epoch. */
function readRevocable(
  claim: unknown,
): Pick<DenylistFacts, 'epoch' | 'credentialIds' | 'authorityIds'> | undefined {
  if (claim === undefined) return { epoch: 0 };
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { epoch = 0, credentials = [], authorities = [] } = claim as Record<string, unknown>;
  if (typeof epoch !== 'number' || !isStrings(credentials) || !isStrings(authorities)) return undefined;
  return { epoch, credentialIds: credentials, authorityIds: authorities };
}

/** Seconds since the epoch, fractions allowed (RFC 7519 §2), below the largest date that a computer can hold in milliseconds. */
function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8_640_000_000_000;
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function wrongForm(name: string, value: unknown): ClaimsRefused {
  return value === undefined
    ? { reason: 'claim_missing', detail: `the token has no "${name}"` }
    : { reason: 'claims_malformed', detail: `"${name}" has the wrong form` };
}

/** For the log: at most 200 characters, and no line breaks. */
function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
