import type { DenylistEntry } from '@mortise/resource-server';
import type { ClientStatus, TlsClientAuth } from '../clients/index.ts';

/** Why a certificate was not accepted by path validation; one of perhaps several. */
export interface PathFailureReason {
  /** As `@mortise/x509` names it, e.g. `expired`, `no_path`, `purpose_mismatch`. */
  readonly code: string;
  readonly rule?: string;
  readonly message?: string;
}

/** The credentials that a request can carry besides a certificate. */
export type CredentialSource = 'authorization' | 'client_secret' | 'client_assertion';

/**
 * Why a request was refused: all that whoever may know it needs to see what is wrong, never a secret, a key, a token
 * or an assertion. Closed: `wire.ts` turns each into what the caller learns.
 */
export type RefusalReason =
  // The request itself
  | { readonly code: 'method_not_allowed'; readonly method: string }
  | { readonly code: 'content_type_unsupported'; readonly presented: string | undefined }
  | { readonly code: 'content_type_repeated' }
  | { readonly code: 'content_encoding_unsupported'; readonly presented: string }
  | { readonly code: 'body_too_large'; readonly bytes: number; readonly limitBytes: number }
  | {
      readonly code: 'body_malformed';
      readonly problem: 'character' | 'percent_encoding' | 'nul' | 'too_many_parameters';
    }
  | { readonly code: 'parameter_repeated'; readonly parameter: string }
  | { readonly code: 'parameter_missing'; readonly parameter: string }
  | { readonly code: 'parameter_invalid'; readonly parameter: string }
  | { readonly code: 'parameter_in_query'; readonly parameter: string }
  | { readonly code: 'authorization_repeated' }
  | { readonly code: 'authorization_malformed' }
  | { readonly code: 'several_credentials'; readonly sources: readonly CredentialSource[] }
  | { readonly code: 'client_id_mismatch'; readonly source: CredentialSource }
  | { readonly code: 'assertion_type_unsupported'; readonly presented: string | undefined }
  // The client
  | { readonly code: 'authorization_scheme_unsupported'; readonly scheme: string }
  | { readonly code: 'credential_missing' }
  | { readonly code: 'client_unknown' }
  | { readonly code: 'client_inactive'; readonly status: ClientStatus }
  | { readonly code: 'denylisted'; readonly entry: DenylistEntry }
  | {
      readonly code: 'method_not_registered';
      readonly source: CredentialSource | 'certificate';
      readonly registered: readonly string[];
    }
  | { readonly code: 'secret_wrong' }
  | { readonly code: 'assertion_malformed'; readonly problem: string }
  | { readonly code: 'assertion_header_refused'; readonly member: string }
  | {
      readonly code: 'assertion_algorithm_refused';
      readonly presented: string;
      readonly allowed: readonly string[];
    }
  | { readonly code: 'assertion_key_unknown'; readonly keyId: string | undefined }
  | { readonly code: 'assertion_signature_invalid'; readonly keyId: string | undefined }
  | {
      readonly code: 'assertion_claim_refused';
      readonly claim: string;
      readonly expected: string;
      readonly presented: string;
    }
  | { readonly code: 'assertion_replayed'; readonly tokenId: string }
  | { readonly code: 'keys_unavailable'; readonly uri: string; readonly problem: string }
  | { readonly code: 'certificate_unreadable'; readonly problem: string }
  | { readonly code: 'certificate_path_invalid'; readonly failures: readonly PathFailureReason[] }
  | {
      readonly code: 'certificate_mismatch';
      readonly matcher: TlsClientAuth['kind'];
      readonly expected: string;
      readonly presented: readonly string[];
    }
  | { readonly code: 'certificate_without_matcher' }
  | {
      readonly code: 'certificate_outside_validity';
      /** Epoch milliseconds; absent where only the end was in the way. */
      readonly notBefore?: number;
      readonly notAfter: number;
    }
  | { readonly code: 'certificate_of_another_client'; readonly owner: string }
  | { readonly code: 'certificate_credential_ended'; readonly credentialId: string }
  | { readonly code: 'certificate_not_registered' }
  | { readonly code: 'certificate_chain_gone' }
  | { readonly code: 'binding_required' }
  // What is asked for
  | { readonly code: 'grant_type_unsupported'; readonly presented: string }
  | { readonly code: 'resource_malformed'; readonly presented: string }
  | { readonly code: 'resource_unknown'; readonly presented: string }
  | { readonly code: 'resource_not_granted'; readonly presented: string }
  | { readonly code: 'several_resources'; readonly presented: readonly string[] }
  | { readonly code: 'resource_required'; readonly candidates: readonly string[] }
  | { readonly code: 'scope_malformed' }
  | { readonly code: 'scope_required' }
  | { readonly code: 'scope_of_several_resources'; readonly candidates: readonly string[] }
  | {
      readonly code: 'scope_not_granted';
      readonly presented: string;
      readonly by: 'client' | 'resource';
      readonly granted: readonly string[];
    }
  | { readonly code: 'token_of_another_client'; readonly owner: string }
  // The server
  | { readonly code: 'stale' }
  | { readonly code: 'unavailable'; readonly problem: string }
  | { readonly code: 'failure_limit'; readonly retryAfterSeconds: number; readonly cause: RefusalReason };

export type RefusalCode = RefusalReason['code'];

/** A refusal as a value: returned, not thrown, because under attack it is as frequent as an answer. */
export class Refused {
  readonly reason: RefusalReason;
  /** The client in whose name the request came, once that is known; proven or not. */
  readonly clientId: string | undefined;

  constructor(reason: RefusalReason, clientId?: string) {
    this.reason = reason;
    this.clientId = clientId;
  }
}

/** The refusal of a request in the name of a client. */
export function refuse(reason: RefusalReason, clientId?: string): Refused {
  return new Refused(reason, clientId);
}
