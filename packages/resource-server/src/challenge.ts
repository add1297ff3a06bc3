import type { BearerError, RefusalDetail, RefusalReason, Refused } from './access.ts';

/** What the caller may know: an RFC 6750 §3.1 code, its status, and a sentence that helps whoever built the client. */
interface PublicAnswer {
  readonly status: Refused['status'];
  readonly error: BearerError | undefined;
  readonly description?: string;
}

const challengeOnly: PublicAnswer = { status: 401, error: undefined };
const invalidToken: PublicAnswer = {
  status: 401,
  error: 'invalid_token',
  description:
    'The access token is malformed, expired, revoked, not for this resource, or bound to another certificate',
};
const unavailable: PublicAnswer = { status: 503, error: undefined };
const invalidRequest = (description: string): PublicAnswer => ({
  status: 400,
  error: 'invalid_request',
  description,
});

/** The one place where a private reason becomes a public answer. */
function publicAnswer(reason: RefusalReason): PublicAnswer {
  switch (reason) {
    case 'no_token':
    case 'unsupported_scheme':
      return challengeOnly;
    case 'duplicate_authorization':
      return invalidRequest('More than one Authorization header');
    case 'malformed_authorization':
      return invalidRequest('The Authorization header holds no well-formed bearer token');
    case 'token_in_query':
      return invalidRequest('Access tokens are accepted in the Authorization header only');
    case 'keys_unavailable':
    case 'revocation_stale':
      return unavailable;
    case 'insufficient_scope':
      return { status: 403, error: 'insufficient_scope', description: 'The access token lacks a scope' };
    case 'token_too_large':
    case 'token_malformed':
    case 'header_member_refused':
    case 'type_mismatch':
    case 'algorithm_refused':
    case 'key_unknown':
    case 'signature_invalid':
    case 'claims_malformed':
    case 'claim_missing':
    case 'issuer_mismatch':
    case 'audience_mismatch':
    case 'expired':
    case 'not_yet_valid':
    case 'issued_in_future':
    case 'binding_required':
    case 'binding_unsupported':
    case 'certificate_missing':
    case 'certificate_mismatch':
    case 'certificate_expired':
    case 'certificate_not_yet_valid':
    case 'revoked':
      return invalidToken;
  }
}

/** How long a caller is asked to wait when keys or the denylist are not at hand. */
const retryAfterSeconds = 5;

/** What a challenge names besides the error: where the resource's metadata is (RFC 9728 §5.1), or its realm where it has none. */
export interface ChallengeContext {
  readonly resource: string;
  readonly metadataUrl: string | undefined;
}

/** The answer to a refused request (RFC 6750 §3, RFC 9110 §11.6.1). `scope` is what the route asks for. */
export function refuse(context: ChallengeContext, detail: RefusalDetail, scope: readonly string[]): Refused {
  const { status, error, description } = publicAnswer(detail.reason);
  if (status === 503) {
    const headers = { 'retry-after': String(retryAfterSeconds), 'cache-control': 'no-store' };
    return { allowed: false, status, error, headers, body: '', private: detail };
  }
  const parameters: string[] = [];
  if (error !== undefined) parameters.push(`error="${error}"`);
  if (description !== undefined) parameters.push(`error_description="${description}"`);
  if (error === 'insufficient_scope') parameters.push(`scope="${scope.join(' ')}"`);
  parameters.push(
    context.metadataUrl === undefined
      ? `realm="${context.resource}"`
      : `resource_metadata="${context.metadataUrl}"`,
  );
  return {
    allowed: false,
    status,
    error,
    headers: { 'www-authenticate': `Bearer ${parameters.join(', ')}`, 'cache-control': 'no-store' },
    body: error === undefined ? '' : JSON.stringify({ error, error_description: description }),
    private: detail,
  };
}
