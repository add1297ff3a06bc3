import type { JsonObject } from '../events/index.ts';
import {
  type AuthenticationMethod,
  authenticationMethods,
  type ClientRecord,
  type TlsClientAuth,
} from './client.ts';
import { invalidMember } from './client-error.ts';
import { type KeySet, readKeySet } from './key-sets.ts';
import { lifetimeRefusal } from './lifetimes.ts';
import { canonicalMatcher, matcherKinds } from './matchers/matchers.ts';
import { isResourceIdentifier } from './resource-identifier.ts';
import { readScope } from './scopes.ts';
import { readTrustAnchors } from './trust-anchors.ts';

/**
 * The members that register a client: RFC 7591 §2 and RFC 8705 where they have one, else our own. Times are epoch
 * seconds here, as in RFC 7591.
 */
export const registrationMembers = [
  'client_id',
  'client_name',
  'token_endpoint_auth_method',
  /** During a move: the former method, and when it ends. Naming the end alone keeps the method being replaced. */
  'previous_token_endpoint_auth_method',
  'previous_token_endpoint_auth_method_expires_at',
  'grant_types',
  'response_types',
  'scope',
  /** What a request without scope gets; part of `scope`. */
  'default_scope',
  /** Identifiers of resources. Absent: the resources that alone offer its scopes. */
  'resources',
  'tls_client_certificate_bound_access_tokens',
  'access_token_lifetime_seconds',
  ...matcherKinds.map((kind) => kind.member),
  'tls_client_auth_trust_anchors',
  'jwks',
  'jwks_uri',
  'legacy_assertion_audience',
] as const;

/** What a registration says, validated by itself; what depends on other records is left to the registry. */
export type Registration = Pick<
  ClientRecord,
  | 'clientName'
  | 'tokenEndpointAuthMethod'
  | 'previousAuthMethod'
  | 'scope'
  | 'defaultScope'
  | 'certificateBoundAccessTokens'
  | 'accessTokenLifetimeSeconds'
  | 'tlsClientAuth'
  | 'anchors'
  | 'jwksUri'
  | 'legacyAssertionAudience'
> & { readonly resources: readonly string[] | undefined; readonly keySet: KeySet | undefined };

export interface RegistrationContext {
  readonly clientId: string;
  /** The OAuth issuer, for the default matcher. */
  readonly issuer: string;
  readonly now: number;
  /** The methods of the client before this registration; none for a new client. */
  readonly formerMethods: readonly AuthenticationMethod[];
}

/** Longest overlap of two methods: 366 days. */
const maximumMoveMs = 366 * 86_400_000;

/**
 * Reads and validates the metadata of a client, member by member; an unknown member is refused by its name.
 * Throws ClientError with the member at fault.
 */
export function readRegistration(metadata: unknown, context: RegistrationContext): Registration {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw invalidMember('metadata', 'is a JSON object');
  }
  const given = metadata as JsonObject;
  for (const name of Object.keys(given)) {
    if (name === 'client_secret') throw invalidMember(name, 'secrets are generated here, never chosen');
    if (!(registrationMembers as readonly string[]).includes(name)) throw invalidMember(name, 'is not known');
  }
  if (given['client_id'] !== undefined && given['client_id'] !== context.clientId) {
    throw invalidMember('client_id', 'cannot be changed');
  }
  checkFixedList(given, 'grant_types', ['client_credentials']);
  checkFixedList(given, 'response_types', []);
  const method = readMethod(given, 'token_endpoint_auth_method') ?? 'client_secret_basic';
  const previousAuthMethod = readMove(given, method, context);
  const methods = previousAuthMethod === undefined ? [method] : [method, previousAuthMethod.method];
  const scope = readScope(given['scope'] ?? '', 'scope');
  const clientName = readName(given);
  const defaultScope = readDefaultScope(given, scope);
  const lifetime = readLifetime(given);
  const tlsClientAuth = readMatcher(given) ?? defaultMatcher(method, context);
  const keySet = given['jwks'] === undefined ? undefined : readKeySet(given['jwks'], methods, context.now);
  const jwksUri = readJwksUri(given, methods);
  return {
    ...(clientName === undefined ? {} : { clientName }),
    tokenEndpointAuthMethod: method,
    ...(previousAuthMethod === undefined ? {} : { previousAuthMethod }),
    scope,
    ...(defaultScope === undefined ? {} : { defaultScope }),
    resources: readResources(given),
    certificateBoundAccessTokens:
      readBoolean(given, 'tls_client_certificate_bound_access_tokens') ?? usesTls(method),
    ...(lifetime === undefined ? {} : { accessTokenLifetimeSeconds: lifetime }),
    ...(tlsClientAuth === undefined ? {} : { tlsClientAuth }),
    anchors: readTrustAnchors(given['tls_client_auth_trust_anchors'] ?? []),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    legacyAssertionAudience: readBoolean(given, 'legacy_assertion_audience') ?? false,
    keySet,
  };
}

function usesTls(method: AuthenticationMethod): boolean {
  return method === 'tls_client_auth' || method === 'self_signed_tls_client_auth';
}

function readMethod(given: JsonObject, member: string): AuthenticationMethod | undefined {
  const value = given[member];
  if (value === undefined) return undefined;
  const method = authenticationMethods.find((one) => one === value);
  if (method === undefined) throw invalidMember(member, `is one of ${authenticationMethods.join(', ')}`);
  return method;
}

/** A client has one method, and during a move the one that it replaces, with an end date. */
function readMove(
  given: JsonObject,
  method: AuthenticationMethod,
  context: RegistrationContext,
): ClientRecord['previousAuthMethod'] {
  const members = [
    'previous_token_endpoint_auth_method',
    'previous_token_endpoint_auth_method_expires_at',
  ] as const;
  const expiresAt = given[members[1]];
  const previous = readMethod(given, members[0]);
  if (previous === undefined && expiresAt === undefined) return undefined;
  if (expiresAt === undefined) throw invalidMember(members[1], 'a former method needs an end');
  const former = previous ?? context.formerMethods[0];
  if (former === undefined || !context.formerMethods.includes(former)) {
    throw invalidMember(members[0], 'is not a method that this client has');
  }
  if (former === method) throw invalidMember(members[0], 'is the method of the client already');
  const until =
    typeof expiresAt === 'number' && Number.isSafeInteger(expiresAt) ? expiresAt * 1000 : Number.NaN;
  if (!(until > context.now && until <= context.now + maximumMoveMs)) {
    throw invalidMember(members[1], 'is a time in epoch seconds, in the future and at most 366 days away');
  }
  return { method: former, until };
}

function checkFixedList(given: JsonObject, member: string, only: readonly string[]): void {
  const value = given[member];
  if (value === undefined) return;
  if (!Array.isArray(value) || value.length !== only.length || value.some((one, i) => one !== only[i])) {
    throw invalidMember(member, `can only be ${JSON.stringify(only)}`);
  }
}

function readName(given: JsonObject): string | undefined {
  const value = given['client_name'];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^[^\p{Cc}\p{Cs}]{1,256}$/u.test(value)) {
    throw invalidMember('client_name', 'is text of 1 to 256 characters without control characters');
  }
  return value;
}

function readDefaultScope(given: JsonObject, scope: readonly string[]): string[] | undefined {
  if (given['default_scope'] === undefined) return undefined;
  const defaultScope = readScope(given['default_scope'], 'default_scope');
  const beyond = defaultScope.find((one) => !scope.includes(one));
  if (beyond !== undefined) throw invalidMember('default_scope', `${beyond} is not in scope`);
  if (defaultScope.length === 0) throw invalidMember('default_scope', 'names no scope');
  return defaultScope;
}

function readResources(given: JsonObject): string[] | undefined {
  const value = given['resources'];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > 64)
    throw invalidMember('resources', 'is an array of at most 64 resources');
  const resources: string[] = [];
  for (const identifier of value as unknown[]) {
    if (typeof identifier !== 'string' || !isResourceIdentifier(identifier)) {
      throw invalidMember('resources', 'a resource is an absolute URI without fragment');
    }
    if (resources.includes(identifier)) throw invalidMember('resources', `${identifier} stands there twice`);
    resources.push(identifier);
  }
  return resources;
}

function readLifetime(given: JsonObject): number | undefined {
  const value = given['access_token_lifetime_seconds'];
  if (value === undefined) return undefined;
  const refusal = lifetimeRefusal(value);
  if (refusal !== undefined) throw invalidMember('access_token_lifetime_seconds', refusal);
  return value as number;
}

function readMatcher(given: JsonObject): TlsClientAuth | undefined {
  const named = matcherKinds.filter((kind) => given[kind.member] !== undefined);
  const kind = named[0];
  if (kind === undefined) return undefined;
  // RFC 8705 §2.1.2: exactly one of them.
  if (named.length > 1)
    throw invalidMember(named[1]!.member, `excludes ${kind.member}: a client has one matcher`);
  const value = given[kind.member];
  const matcher = { kind: kind.kind, value: typeof value === 'string' && value.length <= 2048 ? value : '' };
  if (canonicalMatcher(matcher) === undefined)
    throw invalidMember(kind.member, `${JSON.stringify(value)} is not ${kind.form}`);
  return matcher;
}

function defaultMatcher(
  method: AuthenticationMethod,
  context: RegistrationContext,
): TlsClientAuth | undefined {
  if (method !== 'tls_client_auth') return undefined;
  return { kind: 'san_uri', value: `${context.issuer.replace(/\/$/, '')}/clients/${context.clientId}` };
}

function readJwksUri(given: JsonObject, methods: readonly AuthenticationMethod[]): string | undefined {
  const value = given['jwks_uri'];
  if (value === undefined) return undefined;
  // RFC 7591 §2: the two must not both be present.
  if (given['jwks'] !== undefined) throw invalidMember('jwks_uri', 'excludes jwks');
  if (!methods.includes('private_key_jwt')) {
    throw invalidMember('jwks_uri', 'is for private_key_jwt; register certificates through jwks');
  }
  const url =
    typeof value === 'string' && value.length <= 2000 && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hash !== '') {
    throw invalidMember('jwks_uri', 'is an https URL without user information and fragment');
  }
  return value as string;
}

function readBoolean(given: JsonObject, member: string): boolean | undefined {
  const value = given[member];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidMember(member, 'is true or false');
}
