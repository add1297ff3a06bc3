import type { OwnToken, TokenFailureCode, TokenVerdict } from './access-token.ts';
import { jwsIsSigned } from './signatures.ts';
import type { VerificationKey } from './signing-key.ts';

/** Longest token that is looked at, in characters. */
const maximumLength = 16 * 1024;
const segment = /^[A-Za-z0-9_-]+$/;

export interface ReaderContext {
  readonly issuer: string;
  readonly keys: { verification(kid: string): VerificationKey | 'revoked' | undefined };
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Reads a token that should be ours: a compact JWS of type `at+jwt` by a published key of ours, with that key's
 * algorithm, unexpired. Nothing in the token chooses how it is checked but the `kid`. Never throws.
 */
export function readOwnToken(token: string, context: ReaderContext): TokenVerdict {
  if (token.length > maximumLength) return failure('too_large');
  const parts = token.split('.');
  const [encodedHeader, encodedClaims, encodedSignature] = parts;
  if (
    parts.length !== 3 ||
    encodedHeader === undefined ||
    encodedClaims === undefined ||
    encodedSignature === undefined ||
    !parts.every((part) => segment.test(part))
  ) {
    return failure('malformed');
  }
  const header = jsonObject(encodedHeader);
  if (header === undefined || typeof header['kid'] !== 'string' || header['crit'] !== undefined) {
    return failure('malformed');
  }
  const type = header['typ'];
  // RFC 7515 §4.1.9: media types in any case of letters, with or without `application/`.
  if (typeof type !== 'string' || !/^(application\/)?at\+jwt$/i.test(type)) return failure('type_wrong');
  const key = context.keys.verification(header['kid']);
  if (key === undefined) return failure('key_unknown');
  if (key === 'revoked') return failure('key_revoked');
  if (header['alg'] !== key.algorithm) return failure('algorithm_wrong');
  const input = Buffer.from(`${encodedHeader}.${encodedClaims}`, 'latin1');
  if (!jwsIsSigned(key.algorithm, key.publicKey, input, Buffer.from(encodedSignature, 'base64url'))) {
    return failure('signature_invalid');
  }
  const claims = jsonObject(encodedClaims);
  if (claims?.['iss'] !== context.issuer) return failure(claims === undefined ? 'malformed' : 'issuer_wrong');
  const own = ownToken(claims, key.kid);
  if (own === undefined) return failure('malformed');
  return own.expiresAt * 1000 <= context.now ? failure('expired') : { valid: true, token: own };
}

function failure(code: TokenFailureCode): TokenVerdict {
  return { valid: false, code };
}

function jsonObject(encoded: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The claims that every token of ours has; undefined where one is missing or of another form. */
function ownToken(claims: Record<string, unknown>, keyId: string): OwnToken | undefined {
  const { jti, client_id: clientId, aud, scope, iat, exp, cnf, mortise } = claims;
  if (typeof jti !== 'string' || typeof clientId !== 'string' || claims['sub'] !== clientId) return undefined;
  if (typeof aud !== 'string' || typeof scope !== 'string') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof mortise !== 'object') return undefined;
  const { epoch, credentials, authorities } = (mortise ?? {}) as Record<string, unknown>;
  if (typeof epoch !== 'number' || !isTexts(credentials) || !isTexts(authorities)) return undefined;
  const thumbprint = cnf === undefined ? undefined : (cnf as Record<string, unknown> | null)?.['x5t#S256'];
  if (cnf !== undefined && typeof thumbprint !== 'string') return undefined;
  return {
    tokenId: jti,
    keyId,
    clientId,
    resource: aud,
    scope,
    issuedAt: iat,
    expiresAt: exp,
    ...(typeof thumbprint === 'string' ? { confirmation: { 'x5t#S256': thumbprint } } : {}),
    epoch,
    credentialIds: credentials,
    authorityIds: authorities,
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
