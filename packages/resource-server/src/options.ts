import type { DenylistInProcess, WhenStale } from './access.ts';
import { ResourceServerError } from './errors.ts';
import type { ResourceServerEvent } from './events.ts';
import type { JsonWebKeySet } from './keys/jwk-set.ts';
import type { ResourceDescription } from './metadata.ts';
import { isJwsAlgorithm, type JwsAlgorithm, jwsAlgorithms } from './tokens/algorithms.ts';
import type { FetchLike } from './transport/fetch-json.ts';
import type { CertificateInput } from './transport/trusted-connections.ts';

/** How the denylist is followed (`GET /nodes/v1/feed` of the authorization server). */
export interface FollowOptions {
  /** Base URL of the server's mutual-TLS listener, `https:`. */
  readonly mtlsUrl: string;
  /** PEM of the private key of this node's certificate. */
  readonly key: string | Buffer;
  /** PEM of the certificate that this node is known by, the leaf first, then its intermediates. */
  readonly certificate: string | Buffer;
  /** The list may be this old before `whenStale` applies. 1 to 86,400; default 30. The server sends a heartbeat every 5 seconds. */
  readonly maxStalenessSeconds?: number;
  /** Default `'fail-closed'`: 503 with `Retry-After`, also before the first list has arrived. */
  readonly whenStale?: WhenStale;
}

export interface ResourceServerOptions {
  /** The issuer identifier; compared with `iss` octet by octet, and where the keys are discovered (RFC 8414). */
  readonly issuer: string;
  /** This resource's identifier, an absolute URI (RFC 8707 §2); `aud` must hold it. */
  readonly resource: string;
  /** The only CA certificates that TLS to the authorization server is validated against. Absent: those that Node trusts. */
  readonly anchors?: CertificateInput | undefined;
  /** What a token may be signed with. Default `['ES256']`. The token's own `alg` only chooses among these. */
  readonly algorithms?: readonly JwsAlgorithm[] | undefined;
  /** `'x5t#S256'`: bearer tokens are refused on every route. */
  readonly requiredBinding?: 'x5t#S256' | undefined;
  /** How revocation reaches this process. `'none'` must be said: tokens then live until they expire. */
  readonly revocation: FollowOptions | DenylistInProcess | 'none';
  /** Verified tokens remembered, by SHA-256. `maxEntries`: 0 (none) or 2 to 10,000,000; default 10,000, about 2 KiB each. */
  readonly cache?: { readonly maxEntries: number } | undefined;
  /** Leeway for `exp`, `nbf`, `iat` and a certificate's `notBefore`. 0 to 300; default 5. */
  readonly clockToleranceSeconds?: number | undefined;
  /** Keys kept by somebody else in this process. Absent: fetched from the issuer. */
  readonly jwks?: (() => JsonWebKeySet) | undefined;
  /** In the place of the connections this library makes to fetch metadata and keys. The feed does not use it. */
  readonly fetch?: FetchLike | undefined;
  /** The longest token that is looked at, in characters. 256 to 65,536; default 8,192. */
  readonly maxTokenLength?: number | undefined;
  /** Published as RFC 9728 metadata. */
  readonly description?: ResourceDescription | undefined;
  /** Hears refusals with their private reasons, and what happens to keys and feed. Must not throw. Default: nobody. */
  readonly log?: ((event: ResourceServerEvent) => void) | undefined;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Milliseconds that never run backwards; what staleness is measured by. Default `performance.now`. */
  readonly monotonicClock?: (() => number) | undefined;
}

/** Throws `configuration_invalid` naming the option and what it takes. */
export function checkOptions(options: ResourceServerOptions): void {
  checkIssuer(options.issuer);
  if (!URL.canParse(options.resource) || /["\\\s#]/.test(options.resource)) {
    throw invalid('resource', 'an absolute URI without a fragment');
  }
  const algorithms = options.algorithms ?? ['ES256'];
  if (algorithms.length === 0 || !algorithms.every(isJwsAlgorithm)) {
    throw invalid('algorithms', `one or more of ${jwsAlgorithms.join(', ')}`);
  }
  if (options.requiredBinding !== undefined && options.requiredBinding !== 'x5t#S256') {
    throw invalid('requiredBinding', '"x5t#S256", or absent');
  }
  const { maxEntries = 10_000 } = options.cache ?? {};
  if (maxEntries !== 0) checkNumber('cache.maxEntries', maxEntries, 2, 10_000_000);
  checkNumber('clockToleranceSeconds', options.clockToleranceSeconds ?? 5, 0, 300);
  checkNumber('maxTokenLength', options.maxTokenLength ?? 8_192, 256, 65_536);
  checkRevocation(options.revocation);
}

function checkRevocation(revocation: ResourceServerOptions['revocation']): void {
  if (revocation === 'none') return;
  if (typeof revocation !== 'object' || revocation === null) {
    throw invalid('revocation', '"none", a feed to follow, or a denylist');
  }
  const { whenStale = 'fail-closed' } = revocation;
  if (whenStale !== 'fail-closed' && whenStale !== 'fail-open') {
    throw invalid('revocation.whenStale', '"fail-closed" or "fail-open"');
  }
  if ('denylist' in revocation) return;
  if (URL.parse(revocation.mtlsUrl)?.protocol !== 'https:')
    throw invalid('revocation.mtlsUrl', 'an https URL');
  if (!revocation.key) throw invalid('revocation.key', 'the PEM of a private key');
  if (!revocation.certificate) throw invalid('revocation.certificate', 'the PEM of a certificate');
  checkNumber('revocation.maxStalenessSeconds', revocation.maxStalenessSeconds ?? 30, 1, 86_400);
}

/** RFC 8414 §2: https, without query and fragment. */
function checkIssuer(issuer: string): void {
  const url = URL.parse(issuer);
  if (url?.protocol !== 'https:' || /[?#]/.test(issuer)) {
    throw invalid('issuer', 'an https URL without query and fragment');
  }
}

function checkNumber(name: string, value: number, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw invalid(name, `a number from ${least} to ${most}`);
}

function invalid(name: string, expected: string): ResourceServerError {
  return new ResourceServerError('configuration_invalid', `"${name}" must be ${expected}`);
}
