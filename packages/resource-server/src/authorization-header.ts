import type { RefusalReason } from './access.ts';

/** RFC 6750 §2.1 b64token. */
const b64token = /^[A-Za-z0-9._~+/-]+=*$/;

export type AuthorizationHeader =
  | { readonly token: string }
  | { readonly token?: undefined; readonly reason: RefusalReason };

/**
 * What stands in the place of the bearer token, from all the `Authorization` lines of a request (RFC 6750 §2.1; the scheme's case does not
 * count, RFC 9110 §11.1). Its characters are not looked at: what equals a verified token needs no second look.
 */
export function readAuthorizationHeader(lines: readonly string[]): AuthorizationHeader {
  const value = lines[0];
  if (value === undefined) return { reason: 'no_token' };
  if (lines.length > 1) return { reason: 'duplicate_authorization' };
  if (!value.startsWith('Bearer ')) {
    const scheme = /^[^ ]*/.exec(value)?.[0] ?? '';
    if (scheme.toLowerCase() !== 'bearer')
      return { reason: value === '' ? 'no_token' : 'unsupported_scheme' };
  }
  let start = 7;
  while (value.charCodeAt(start) === 0x20) start += 1;
  return { token: value.slice(start) };
}

/** Whether these characters can be a bearer token at all. */
export function isBearerToken(text: string): boolean {
  return b64token.test(text);
}

/** Whether the query of a request target has an `access_token` parameter (RFC 6750 §2.3), however its name is percent-encoded. */
export function hasTokenInQuery(url: string): boolean {
  const start = url.indexOf('?');
  if (start === -1) return false;
  for (const parameter of url.slice(start + 1).split('&')) {
    const end = parameter.indexOf('=');
    const name = end === -1 ? parameter : parameter.slice(0, end);
    if (name === 'access_token') return true;
    if (name.includes('%') && percentDecode(name) === 'access_token') return true;
  }
  return false;
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
