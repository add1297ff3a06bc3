import type { RefusalReason } from '../access.ts';

/** The protected header of an access token, reduced to what verification uses. */
export interface JoseHeader {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
}

/** A JWS in compact serialisation (RFC 7515 §7.1), split and decoded but not verified. */
export interface CompactJws {
  /** The first segment as sent: equal segments mean equal headers. */
  readonly encodedHeader: string;
  readonly encodedPayload: string;
  /** The two first segments and the dot between them: what is signed. */
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Splits a token; undefined unless it is three non-empty base64url segments. */
export function splitCompactJws(token: string): CompactJws | undefined {
  if (!compactForm.test(token)) return undefined;
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  const encodedHeader = token.slice(0, headerEnd);
  const encodedPayload = token.slice(headerEnd + 1, payloadEnd);
  const encodedSignature = token.slice(payloadEnd + 1);
  if (
    !endsCanonically(encodedHeader) ||
    !endsCanonically(encodedPayload) ||
    !endsCanonically(encodedSignature)
  ) {
    return undefined;
  }
  return {
    encodedHeader,
    encodedPayload,
    signingInput: Buffer.from(token.slice(0, payloadEnd), 'latin1'),
    signature: Buffer.from(encodedSignature, 'base64url'),
  };
}

/** The object in a base64url segment, or undefined where it is no JSON object. */
export function decodeJsonObject(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Members that would let the token choose its own key, change how it is read, or need an extension this library does not have
 * (RFC 7515 §4.1, RFC 7516 §4.1, RFC 7797): their mere presence refuses the token.
 */
const refusedMembers = ['crit', 'zip', 'enc', 'jwk', 'jku', 'x5u', 'x5c', 'b64'] as const;

/** Reads the protected header. Unknown members are ignored, as RFC 7515 §4 asks. */
export function readJoseHeader(
  segment: string,
): JoseHeader | { readonly reason: RefusalReason; readonly detail: string } {
  const header = decodeJsonObject(segment);
  if (header === undefined)
    return { reason: 'token_malformed', detail: 'the JOSE header is not a JSON object' };
  for (const member of refusedMembers) {
    if (Object.hasOwn(header, member)) {
      return { reason: 'header_member_refused', detail: `the JOSE header has "${member}"` };
    }
  }
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string') return { reason: 'token_malformed', detail: 'the JOSE header has no "alg"' };
  if (kid !== undefined && typeof kid !== 'string') {
    return { reason: 'token_malformed', detail: 'the "kid" of the JOSE header is not a string' };
  }
  if (typ !== undefined && typeof typ !== 'string') {
    return { reason: 'token_malformed', detail: 'the "typ" of the JOSE header is not a string' };
  }
  return { alg, kid, typ };
}

/** Whether `typ` says JWT access token (RFC 9068 §4: with or without "application/", in any case). */
export function isAccessTokenType(typ: string | undefined): boolean {
  if (typ === 'at+jwt') return true;
  const type = typ?.toLowerCase();
  return type === 'at+jwt' || type === 'application/at+jwt';
}

/** Base64url of n octets has no length of 4k + 1, and its last character leaves the unused bits zero: one token, one spelling. */
function endsCanonically(segment: string): boolean {
  const rest = segment.length & 3;
  if (rest === 0) return true;
  if (rest === 1) return false;
  const last = segment[segment.length - 1]!;
  return rest === 2 ? 'AQgw'.includes(last) : 'AEIMQUYcgkosw048'.includes(last);
}
