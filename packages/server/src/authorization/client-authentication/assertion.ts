import { isClientId } from '../../clients/index.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { Refused, refuse } from '../refusal.ts';
import { utf8Text } from '../utf8-text.ts';

/** A client assertion taken apart (RFC 7523 §2.2), nothing of it proven yet. */
export interface Assertion {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** `sub`, which names the client. */
  readonly clientId: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

/** Longer ones are refused unread. */
export const maximumAssertionCharacters = 8_192;
const maximumKeyIdCharacters = 256;

/**
 * Header members that bring a key, ask for a fetch, or change how the rest is read (RFC 7515 §4.1, RFC 7797). A key comes
 * from the client's registration and from nowhere else.
 */
const refusedMembers = [
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'crit',
  'zip',
  'b64',
  'enc',
  'cty',
  'epk',
  'apu',
  'apv',
  'p2c',
  'p2s',
];

/** `typ` of draft-ietf-oauth-rfc7523bis, and what was usual before it. Anything else is a token made for another purpose. */
const admittedTypes = ['client-authentication+jwt', 'jwt'];

interface Header {
  readonly algorithm: string;
  readonly keyId: string | undefined;
}

/** A client sends the same header with every assertion, so it is read once. */
const headers = new BoundedCache<string, Header>(1_000);
const maximumKnownHeader = 512;

/** Takes a compact JWS apart: its form, header and subject; signature and claims are checked by the method. */
export function readAssertion(compact: string): Assertion | Refused {
  if (compact.length > maximumAssertionCharacters) return malformed('longer than 8192 characters');
  const parts = compact.split('.');
  if (parts.length !== 3) return malformed('not three parts');
  const [encodedHeader, encodedClaims, encodedSignature] = parts as [string, string, string];
  const header = headers.get(encodedHeader) ?? readHeader(encodedHeader);
  if (header instanceof Refused) return header;
  const claims = readObject(encodedClaims);
  if (claims === undefined) return malformed('the claims are no JSON object in base64url');
  const signature = decode(encodedSignature);
  if (signature === undefined) return malformed('the signature is not base64url');
  const { sub } = claims;
  if (typeof sub !== 'string' || !isClientId(sub)) return malformed('sub is no client_id');
  return {
    algorithm: header.algorithm,
    keyId: header.keyId,
    clientId: sub,
    claims,
    signingInput: Buffer.from(compact.slice(0, encodedHeader.length + 1 + encodedClaims.length), 'latin1'),
    signature,
  };
}

function readHeader(encoded: string): Header | Refused {
  const members = readObject(encoded);
  if (members === undefined) return malformed('the header is no JSON object in base64url');
  const member = refusedMembers.find((name) => Object.hasOwn(members, name));
  if (member !== undefined) return refuse({ code: 'assertion_header_refused', member });
  const { alg, kid, typ } = members;
  if (typeof alg !== 'string' || alg.length > 20) return malformed('no alg');
  if (typ !== undefined && !isAdmittedType(typ))
    return refuse({ code: 'assertion_header_refused', member: 'typ' });
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > maximumKeyIdCharacters)) {
    return refuse({ code: 'assertion_header_refused', member: 'kid' });
  }
  const header = { algorithm: alg, keyId: kid };
  // A copy, because a part of a string keeps the whole alive.
  if (encoded.length <= maximumKnownHeader)
    headers.set(Buffer.from(encoded, 'latin1').toString('latin1'), header);
  return header;
}

function isAdmittedType(typ: unknown): boolean {
  if (typeof typ !== 'string' || typ.length > 100) return false;
  // RFC 7515 §4.1.9: media types in any case of letters, `application/` left out or not.
  const type = typ.toLowerCase();
  return admittedTypes.includes(type.startsWith('application/') ? type.slice('application/'.length) : type);
}

/** Canonical unpadded base64url; undefined for anything else. */
function decode(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === encoded ? bytes : undefined;
}

function readObject(encoded: string): Record<string, unknown> | undefined {
  const bytes = decode(encoded);
  const text = bytes === undefined ? undefined : utf8Text(bytes);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function malformed(problem: string): Refused {
  return refuse({ code: 'assertion_malformed', problem });
}
