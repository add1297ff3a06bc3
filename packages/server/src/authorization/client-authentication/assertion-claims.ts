import { type Refused, refuse } from '../refusal.ts';

/** The furthest that `exp` may lie ahead. */
export const maximumAssertionLifetimeSeconds = 300;

/** How much a client's clock may be ahead of ours. */
export const clockToleranceSeconds = 10;

const maximumTokenIdCharacters = 255;

export interface ClaimExpectations {
  readonly clientId: string;
  /** The values of which `aud` has to be one, as a single string. */
  readonly audiences: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface AcceptedClaims {
  readonly tokenId: string;
  /** Epoch milliseconds: from then on the assertion would be refused for its age. */
  readonly expiresAt: number;
}

/**
 * RFC 7523 §3 and draft-ietf-oauth-rfc7523bis §4: `iss` and `sub` are the client, `aud` is this server alone, `exp` and
 * `jti` are there; `nbf` and `iat` are checked where present.
 */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  { clientId, audiences, now }: ClaimExpectations,
): AcceptedClaims | Refused {
  const { iss, sub, aud, exp, nbf, iat, jti } = claims;
  const seconds = now / 1000;
  const wrong = (claim: string, expected: string): Refused =>
    refuse({ code: 'assertion_claim_refused', claim, expected, presented: shown(claims[claim]) }, clientId);
  if (iss !== clientId) return wrong('iss', clientId);
  if (sub !== clientId) return wrong('sub', clientId);
  if (typeof aud !== 'string' || !audiences.includes(aud)) return wrong('aud', audiences.join(' or '));
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return wrong('exp', 'a time');
  if (exp <= seconds) return wrong('exp', `later than ${Math.floor(seconds)}`);
  const latest = seconds + maximumAssertionLifetimeSeconds + clockToleranceSeconds;
  if (exp > latest) return wrong('exp', `at most ${maximumAssertionLifetimeSeconds} seconds ahead`);
  if (nbf !== undefined && !isPast(nbf, seconds))
    return wrong('nbf', `not later than ${Math.floor(seconds)}`);
  if (iat !== undefined) {
    if (!isPast(iat, seconds)) return wrong('iat', `not later than ${Math.floor(seconds)}`);
    if (iat < seconds - maximumAssertionLifetimeSeconds - clockToleranceSeconds) {
      return wrong('iat', `at most ${maximumAssertionLifetimeSeconds} seconds ago`);
    }
  }
  if (
    typeof jti !== 'string' ||
    jti.length === 0 ||
    jti.length > maximumTokenIdCharacters ||
    !isStorable(jti)
  ) {
    return wrong('jti', `text of 1 to ${maximumTokenIdCharacters} characters`);
  }
  return { tokenId: jti, expiresAt: Math.ceil(exp * 1000) };
}

function isPast(time: unknown, seconds: number): time is number {
  return typeof time === 'number' && Number.isFinite(time) && time <= seconds + clockToleranceSeconds;
}

/** Databases refuse NUL in text, and half of a surrogate pair has no UTF-8. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : (JSON.stringify(value) ?? 'absent');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
