import type { PathFailureReason, RefusalCode, RefusalReason } from '../refusal.ts';
import { timeText } from './check.ts';

/** A refusal in words. */
export interface RefusalDescription {
  /** What is wrong, in one sentence without values that the reason itself does not hold. */
  readonly summary: string;
  /** What to do about it, where that is known. */
  readonly advice: string | undefined;
}

type Described = string | readonly [summary: string, advice: string];

type Descriptions = {
  readonly [Code in RefusalCode]: (reason: Extract<RefusalReason, { readonly code: Code }>) => Described;
};

/** Puts a refusal into words for whoever may know the exact reason. Never holds a secret, a key, a token or an assertion. */
export function describeRefusal(reason: RefusalReason): RefusalDescription {
  const describe = descriptions[reason.code] as (of: RefusalReason) => Described;
  const described = describe(reason);
  return typeof described === 'string'
    ? { summary: described, advice: undefined }
    : { summary: described[0], advice: described[1] };
}

const descriptions: Descriptions = {
  // The request itself
  method_not_allowed: ({ method }) => `The request was a ${method}; these endpoints take POST alone.`,
  content_type_unsupported: ({ presented }) => [
    presented === undefined ? 'The request had no Content-Type.' : `The body was ${presented}.`,
    'Send it as application/x-www-form-urlencoded.',
  ],
  content_type_repeated: () => 'There was more than one Content-Type header.',
  content_encoding_unsupported: ({ presented }) => [
    `The body was encoded as ${presented}.`,
    'Send it without Content-Encoding.',
  ],
  body_too_large: ({ bytes, limitBytes }) => `The body had ${bytes} octets; at most ${limitBytes} are read.`,
  body_malformed: ({ problem }) => `The form is malformed: ${bodyProblems[problem]}.`,
  parameter_repeated: ({ parameter }) => `The parameter ${parameter} came more than once (RFC 6749 §3.2).`,
  parameter_missing: ({ parameter }) => `The parameter ${parameter} is missing.`,
  parameter_invalid: ({ parameter }) => `The parameter ${parameter} has a value that it cannot have.`,
  parameter_in_query: ({ parameter }) => [
    `The parameter ${parameter} came in the URL, where logs would keep it.`,
    'Send it in the body.',
  ],
  authorization_repeated: () => 'There was more than one Authorization header.',
  authorization_malformed: () => [
    'The Authorization header is malformed.',
    'It is Basic base64(form-encoded id : form-encoded secret), as RFC 6749 §2.3.1 has it.',
  ],
  several_credentials: ({ sources }) => [
    `The request held several credentials at once: ${sources.join(', ')} (RFC 6749 §2.3).`,
    'Send one.',
  ],
  client_id_mismatch: ({ source }) => `The client_id in the body is not the one of the ${source}.`,
  assertion_type_unsupported: ({ presented }) => [
    `The client_assertion_type was ${presented ?? 'missing'}.`,
    'It is urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
  ],
  // The client
  authorization_scheme_unsupported: ({ scheme }) =>
    `The Authorization header was of the scheme ${scheme}, not Basic.`,
  credential_missing: () => [
    'The request held no credential.',
    'A certificate counts on the mtls listener alone, together with client_id in the body.',
  ],
  client_unknown: () => 'There is no client of this id.',
  client_inactive: ({ status }) =>
    status === 'suspended'
      ? ['The client is suspended.', 'mortise client resume ends that.']
      : `The client is ${status}.`,
  denylisted: ({ entry }) => `The denylist holds the ${entry.kind} ${entry.id}: it was revoked or suspended.`,
  method_not_registered: ({ source, registered }) => [
    `The request proved itself by ${sourceNames[source]}, but the client is registered for ${registered.join(', ') || 'another method'}.`,
    'Use that method, or change token_endpoint_auth_method of the client.',
  ],
  secret_wrong: () => [
    'The secret is none of the usable secrets of the client.',
    'mortise secret list shows which there are, and when they expire; mortise secret add makes a new one.',
  ],
  assertion_malformed: ({ problem }) => `The assertion cannot be read: ${problem}.`,
  assertion_header_refused: ({ member }) =>
    `The header of the assertion holds ${member}, which is not accepted.`,
  assertion_algorithm_refused: ({ presented, allowed }) =>
    `The assertion is signed with ${presented}, which the client's method (${allowed.join(', ')}) does not admit.`,
  assertion_key_unknown: ({ keyId }) => [
    `The client has no usable key ${keyId === undefined ? 'for this assertion' : `of kid ${keyId}`}.`,
    'Register its public key in jwks, or publish it at jwks_uri.',
  ],
  assertion_signature_invalid: ({ keyId }) =>
    `The signature of the assertion is not by the client's key${keyId === undefined ? '' : ` ${keyId}`}.`,
  assertion_claim_refused: ({ claim, expected, presented }) =>
    `The claim ${claim} of the assertion is ${presented}; expected: ${expected}.`,
  assertion_replayed: ({ tokenId }) => [
    `The assertion with the jti ${tokenId} was used before.`,
    'Each request takes an assertion of its own.',
  ],
  keys_unavailable: ({ uri, problem }) => `The keys of the client cannot be fetched from ${uri}: ${problem}.`,
  certificate_unreadable: ({ problem }) => `The certificate cannot be read: ${problem}.`,
  certificate_path_invalid: ({ failures }) => [
    `No path leads from the certificate to the client's trust anchors: ${pathFailures(failures)}.`,
    'mortise explain --client ID --certificate FILE shows the anchors and each step.',
  ],
  certificate_mismatch: ({ matcher, expected, presented }) => [
    `The certificate is not named as the client is registered: ${matcher} is ${list(presented)}; expected: ${expected}.`,
    'Present the certificate of this client, or register the name that it has.',
  ],
  certificate_without_matcher: () => 'The client has no name registered by which its certificate is known.',
  certificate_outside_validity: ({ notBefore, notAfter }) =>
    notBefore === undefined
      ? `The certificate ended at ${timeText(notAfter)}.`
      : `The certificate is valid from ${timeText(notBefore)} to ${timeText(notAfter)}, and the request came at another time.`,
  certificate_of_another_client: ({ owner }) => [
    `The certificate is registered as a credential of the client ${owner}.`,
    'Present a certificate of the client itself, or ask as the client that owns this one.',
  ],
  certificate_credential_ended: ({ credentialId }) =>
    `The certificate is the credential ${credentialId} of this client, which has expired or was revoked.`,
  certificate_not_registered: () => [
    'The certificate is not registered as a credential of the client.',
    'Register it (jwks with x5c, or mortise certificate issue).',
  ],
  certificate_chain_gone: () => [
    'The TLS session was resumed, and the chain of its first handshake is no longer known here.',
    'Connect anew without resuming the session; clients do that by themselves after the connection was closed.',
  ],
  binding_required: () => [
    'The client gets bound tokens alone, and the request came without a certificate.',
    'Ask the endpoint of mtls_endpoint_aliases, with a certificate.',
  ],
  // What is asked for
  grant_type_unsupported: ({ presented }) => `The grant_type ${presented} is not supported.`,
  resource_malformed: ({ presented }) => `The resource ${presented} is no absolute URI without a fragment.`,
  resource_unknown: ({ presented }) => `There is no resource ${presented}.`,
  resource_not_granted: ({ presented }) => [
    `The client may not ask for tokens for ${presented}.`,
    'mortise client update --resource grants it.',
  ],
  several_resources: ({ presented }) =>
    `The request named several resources (${presented.join(', ')}); a token is for one.`,
  resource_required: ({ candidates }) => [
    'The client may use several resources, and the request named none.',
    `Add resource, one of: ${candidates.join(', ')}.`,
  ],
  scope_malformed: () => 'The scope has characters that no scope has, or is not separated by single spaces.',
  scope_required: () => [
    'The request named no scope, and the client has no default scope.',
    'Add scope to the request, or a default_scope to the client.',
  ],
  scope_of_several_resources: ({ candidates }) => [
    'The request named scopes of different resources, and no resource.',
    `Ask for one token for each of: ${candidates.join(', ')}.`,
  ],
  scope_not_granted: ({ presented, by, granted }) =>
    `The scope ${presented} is not granted by the ${by}; granted: ${granted.join(' ') || 'none'}.`,
  token_of_another_client: ({ owner }) =>
    `The token is one of the client ${owner}, which alone may revoke it.`,
  // The server
  stale: () => [
    'This server could not be sure to know the newest revocations, and decided nothing.',
    'Look at the connection to its database.',
  ],
  unavailable: ({ problem }) => `The server itself failed (${problem}); its log says more.`,
  failure_limit: ({ retryAfterSeconds, cause }) => [
    `After too many failures the answer was to wait for ${retryAfterSeconds} seconds. The last failure: ${describeRefusal(cause).summary}`,
    describeRefusal(cause).advice ?? 'Stop what keeps failing; the right credential is never blocked.',
  ],
};

const bodyProblems = {
  character: 'it has a character that must be percent-encoded',
  percent_encoding: 'a percent sign is not followed by two hexadecimal digits, or the result is not UTF-8',
  nul: 'it has a NUL',
  too_many_parameters: 'it has too many parameters',
} as const;

const sourceNames = {
  authorization: 'a secret in the Authorization header',
  client_secret: 'a secret in the body',
  client_assertion: 'an assertion',
  certificate: 'its certificate',
} as const;

function pathFailures(failures: readonly PathFailureReason[]): string {
  return failures
    .map(({ code, message }) => (message === undefined ? code : `${code} (${message})`))
    .join(', ');
}

function list(values: readonly string[]): string {
  return values.length === 0 ? 'absent' : values.join(', ');
}
