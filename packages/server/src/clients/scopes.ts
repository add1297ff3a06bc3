import { invalidMember } from './client-error.ts';

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
const maximumScopes = 256;

/** Whether a text is one scope-token (RFC 6749 §3.3) of at most 256 characters. */
export function isScopeToken(text: string): boolean {
  return scopeToken.test(text);
}

/** Reads a space-separated scope (RFC 6749 §3.3), each once; `''` is none. Throws ClientError. */
export function readScope(value: unknown, member: string): string[] {
  if (typeof value !== 'string') throw invalidMember(member, 'is a text of scopes separated by spaces');
  return readScopeTokens(value === '' ? [] : value.split(' '), member);
}

/** Reads an array of scopes, each once. Throws ClientError. */
export function readScopeTokens(value: unknown, member: string): string[] {
  if (!Array.isArray(value)) throw invalidMember(member, 'is an array of scopes');
  if (value.length > maximumScopes) throw invalidMember(member, `holds at most ${maximumScopes} scopes`);
  const scopes: string[] = [];
  for (const scope of value as unknown[]) {
    if (typeof scope !== 'string' || !isScopeToken(scope)) {
      throw invalidMember(member, `${JSON.stringify(scope)} is not a scope`);
    }
    if (scopes.includes(scope)) throw invalidMember(member, `${scope} stands there twice`);
    scopes.push(scope);
  }
  return scopes;
}
