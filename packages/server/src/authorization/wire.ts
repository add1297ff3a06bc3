import type { RefusalReason, Refused } from './refusal.ts';
import type { OAuthResponse } from './request.ts';

/** The codes of RFC 6749 §5.2, RFC 8707 §2 and, of RFC 6749 §4.1.2.1, what a server that must not answer now says. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable';

interface WireError {
  readonly status: number;
  readonly error: OAuthErrorCode;
  /** Says no more than the caller may know; printable ASCII without `"` and `\` (RFC 6749 §5.2). */
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** RFC 6749 §5.1: answers of these endpoints are kept by nobody. */
export const jsonHeaders: Readonly<Record<string, string>> = Object.freeze({
  'content-type': 'application/json',
  'cache-control': 'no-store',
  pragma: 'no-cache',
});

const authenticationFailed = 'client authentication failed';

/**
 * What the caller learns of a refusal. `challenge` adds the Basic challenge to a 401: the client tried the
 * Authorization header (RFC 6749 §5.2).
 */
export function refusalResponse(refused: Refused, challenge: boolean): OAuthResponse {
  const wire = wireError(refused.reason);
  const headers: Record<string, string> = { ...jsonHeaders, ...wire.headers };
  if (challenge && wire.status === 401) {
    headers['www-authenticate'] = 'Basic realm="mortise", charset="UTF-8"';
  }
  return {
    status: wire.status,
    headers,
    body: JSON.stringify({ error: wire.error, error_description: wire.description }),
  };
}

/** Whether a refusal means that the caller has not proven to be the client: what failure limits count. */
export function isAuthenticationFailure(reason: RefusalReason): boolean {
  return reason.code !== 'binding_required' && wireError(reason).error === 'invalid_client';
}

function invalidRequest(description: string): WireError {
  return { status: 400, error: 'invalid_request', description };
}

/** One answer for every way of failing to be the client, so that it does not tell whether the client exists. */
const invalidClient: WireError = { status: 401, error: 'invalid_client', description: authenticationFailed };

function wireError(reason: RefusalReason): WireError {
  switch (reason.code) {
    case 'method_not_allowed':
      return { ...invalidRequest('this endpoint takes POST only'), status: 405, headers: { allow: 'POST' } };
    case 'content_type_unsupported':
      return invalidRequest('the body must be application/x-www-form-urlencoded');
    case 'content_type_repeated':
      return invalidRequest('repeated Content-Type header');
    case 'content_encoding_unsupported':
      return invalidRequest('the body must not be compressed');
    case 'body_too_large':
      return { ...invalidRequest('the body is too large'), status: 413 };
    case 'body_malformed':
      return invalidRequest('the body is not a well-formed form');
    case 'parameter_repeated':
      return invalidRequest(`repeated parameter: ${reason.parameter}`);
    case 'parameter_missing':
      return invalidRequest(`missing parameter: ${reason.parameter}`);
    case 'parameter_invalid':
      return invalidRequest(`malformed parameter: ${reason.parameter}`);
    case 'parameter_in_query':
      return invalidRequest(`parameter in the URL: ${reason.parameter}`);
    case 'authorization_repeated':
      return invalidRequest('repeated Authorization header');
    case 'authorization_malformed':
      return invalidRequest('malformed Authorization header');
    case 'several_credentials':
      return invalidRequest('more than one way of client authentication in one request');
    case 'client_id_mismatch':
      return invalidRequest('client_id differs from the client that authenticates');
    case 'assertion_type_unsupported':
      return invalidRequest('unsupported client_assertion_type');
    case 'authorization_scheme_unsupported':
    case 'credential_missing':
    case 'client_unknown':
    case 'client_inactive':
    case 'denylisted':
    case 'method_not_registered':
    case 'secret_wrong':
    case 'assertion_malformed':
    case 'assertion_header_refused':
    case 'assertion_algorithm_refused':
    case 'assertion_key_unknown':
    case 'assertion_signature_invalid':
    case 'assertion_claim_refused':
    case 'assertion_replayed':
    case 'keys_unavailable':
    case 'certificate_unreadable':
    case 'certificate_path_invalid':
    case 'certificate_mismatch':
    case 'certificate_without_matcher':
    case 'certificate_outside_validity':
    case 'certificate_of_another_client':
    case 'certificate_credential_ended':
    case 'certificate_not_registered':
      return invalidClient;
    case 'certificate_chain_gone':
      return { ...invalidClient, headers: { connection: 'close' } };
    case 'binding_required':
      return {
        status: 401,
        error: 'invalid_client',
        description: 'this client gets certificate-bound tokens only: use the mutual-TLS endpoint',
      };
    case 'grant_type_unsupported':
      return { status: 400, error: 'unsupported_grant_type', description: 'unsupported grant_type' };
    case 'resource_malformed':
      return {
        status: 400,
        error: 'invalid_target',
        description: 'resource must be an absolute URI without a fragment',
      };
    case 'resource_unknown':
    case 'resource_not_granted':
      return { status: 400, error: 'invalid_target', description: 'the resource is unknown to this client' };
    case 'several_resources':
      return {
        status: 400,
        error: 'invalid_target',
        description: 'a token is for one resource: ask for one token each',
      };
    case 'resource_required':
      return {
        status: 400,
        error: 'invalid_target',
        description: 'name the resource: this client has none by default',
      };
    case 'scope_malformed':
      return { status: 400, error: 'invalid_scope', description: 'malformed scope' };
    case 'scope_required':
      return {
        status: 400,
        error: 'invalid_scope',
        description: 'name the scope: this client has none by default for this resource',
      };
    case 'scope_of_several_resources':
      return {
        status: 400,
        error: 'invalid_scope',
        description: 'no one resource has all of this scope: ask for one token each',
      };
    case 'scope_not_granted':
      return {
        status: 400,
        error: 'invalid_scope',
        description: 'a scope is not granted to this client for this resource',
      };
    case 'token_of_another_client':
      return {
        status: 400,
        error: 'unauthorized_client',
        description: 'the token was issued to another client',
      };
    case 'stale':
    case 'unavailable':
      return {
        status: 503,
        error: 'temporarily_unavailable',
        description: 'the server cannot answer now; try again',
        headers: { 'retry-after': '1' },
      };
    case 'failure_limit':
      return {
        status: 429,
        error: 'invalid_client',
        description: authenticationFailed,
        headers: { 'retry-after': String(reason.retryAfterSeconds) },
      };
  }
}
