import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { collect, wholeNumber } from '../context.ts';
import { wrongUse } from '../failure.ts';

/** How a metadata member is written as a flag. */
interface MemberFlag {
  readonly member: string;
  readonly flag: string;
  readonly description: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'json-file' | 'repeated' | 'repeated-file';
}

/** The flags are the metadata names of RFC 7591 and RFC 8705, in the same words. */
const memberFlags: readonly MemberFlag[] = [
  { member: 'client_name', flag: '--client-name <text>', kind: 'text', description: 'name for people' },
  {
    member: 'token_endpoint_auth_method',
    flag: '--token-endpoint-auth-method <method>',
    kind: 'text',
    description:
      'client_secret_basic (default), client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth',
  },
  {
    member: 'previous_token_endpoint_auth_method',
    flag: '--previous-token-endpoint-auth-method <method>',
    kind: 'text',
    description: 'the method still accepted during a move',
  },
  {
    member: 'previous_token_endpoint_auth_method_expires_at',
    flag: '--previous-token-endpoint-auth-method-expires-at <epoch-seconds>',
    kind: 'number',
    description: 'when the move ends',
  },
  { member: 'scope', flag: '--scope <scopes>', kind: 'text', description: "scopes it may ask for: 'a b'" },
  {
    member: 'default_scope',
    flag: '--default-scope <scopes>',
    kind: 'text',
    description: 'what a request without scope gets',
  },
  {
    member: 'resources',
    flag: '--resource <url>',
    kind: 'repeated',
    description: 'a resource it may ask tokens for; repeatable',
  },
  {
    member: 'tls_client_certificate_bound_access_tokens',
    flag: '--tls-client-certificate-bound-access-tokens [boolean]',
    kind: 'boolean',
    description: 'never issue it an unbound token',
  },
  {
    member: 'access_token_lifetime_seconds',
    flag: '--access-token-lifetime-seconds <seconds>',
    kind: 'number',
    description: 'lifetime of its access tokens',
  },
  ...(
    [
      ['subject_dn', 'dn', 'the subject'],
      ['san_dns', 'name', 'the dNSName'],
      ['san_uri', 'uri', 'the URI'],
      ['san_ip', 'address', 'the iPAddress'],
      ['san_email', 'address', 'the rfc822Name'],
    ] as const
  ).map(
    ([matcher, value, name]): MemberFlag => ({
      member: `tls_client_auth_${matcher}`,
      flag: `--tls-client-auth-${matcher.replace('_', '-')} <${value}>`,
      kind: 'text',
      description: `${name} that its certificate must hold${matcher === 'san_uri' ? ' (default for tls_client_auth: ISSUER/clients/ID)' : ''}`,
    }),
  ),
  {
    member: 'tls_client_auth_trust_anchors',
    flag: '--tls-client-auth-trust-anchor <file>',
    kind: 'repeated-file',
    description: "PEM of a CA that may vouch for it, instead of this server's own; repeatable",
  },
  {
    member: 'jwks',
    flag: '--jwks <file>',
    kind: 'json-file',
    description: 'JWK set with its public keys or x5c',
  },
  { member: 'jwks_uri', flag: '--jwks-uri <url>', kind: 'text', description: 'where its JWK set is fetched' },
  {
    member: 'legacy_assertion_audience',
    flag: '--legacy-assertion-audience [boolean]',
    kind: 'boolean',
    description: "accept the token endpoint's URL as audience of its assertions",
  },
];

export function addMetadataFlags(command: Command): Command {
  for (const { flag, description, kind } of memberFlags) {
    if (kind === 'repeated' || kind === 'repeated-file') command.option(flag, description, collect);
    else if (kind === 'number') command.option(flag, description, wholeNumber(flag.split(' ')[0]!));
    else command.option(flag, description);
  }
  return command;
}

/** The metadata that the flags given say; members not given are absent. */
export function metadataFrom(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const { member, flag, kind } of memberFlags) {
    const name = flag.split(' ')[0]!;
    const raw = flags[name.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (raw !== undefined) metadata[member] = memberValue(kind, raw, name);
  }
  return metadata;
}

function memberValue(kind: MemberFlag['kind'], raw: unknown, name: string): unknown {
  switch (kind) {
    case 'boolean':
      if (raw === true || raw === 'true') return true;
      if (raw === 'false') return false;
      throw wrongUse(`${name} must be true or false`);
    case 'json-file':
      return readJson(raw as string, name);
    case 'repeated-file':
      return (raw as string[]).map((path) => readFileFor(path, name));
    default:
      return raw;
  }
}

function readJson(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileFor(path, name));
  } catch (error) {
    if (error instanceof SyntaxError) throw wrongUse(`${name}: ${path} is not JSON`);
    throw error;
  }
}

function readFileFor(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrongUse(`${name}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
