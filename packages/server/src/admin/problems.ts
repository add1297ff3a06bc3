import {
  AuthorityError,
  type AuthorityErrorCode,
  RolloverError,
  type RolloverErrorCode,
} from '../authority/index.ts';
import { ClientError, type ClientErrorCode } from '../clients/index.ts';
import type { Problem } from '../http/index.ts';
import { RevocationError, type RevocationErrorCode } from '../revocation/index.ts';
import { SigningKeyError, type SigningKeyErrorCode } from '../tokens/index.ts';

/** A refusal of the admin API itself. */
export class AdminError extends Error {
  readonly status: 400 | 404 | 409 | 429;
  readonly code: string;

  constructor(status: 400 | 404 | 409 | 429, code: string, message: string) {
    super(message);
    this.name = 'AdminError';
    this.status = status;
    this.code = code;
  }
}

const clientStatus: Readonly<Record<ClientErrorCode, number>> = {
  metadata_invalid: 400,
  client_exists: 409,
  client_unknown: 404,
  client_revoked: 409,
  status_conflict: 409,
  matcher_taken: 409,
  certificate_taken: 409,
  certificate_invalid: 400,
  credential_unknown: 404,
  credential_revoked: 409,
  method_mismatch: 409,
  limit_reached: 409,
  resource_exists: 409,
  resource_unknown: 404,
  contention: 503,
};

const authorityStatus: Readonly<Record<AuthorityErrorCode, number>> = {
  client_unknown: 404,
  client_not_active: 409,
  client_required: 400,
  csr_invalid: 400,
  csr_signature_invalid: 400,
  csr_asks_for_ca: 400,
  csr_name_not_allowed: 400,
  csr_subject_not_allowed: 400,
  key_weak: 400,
  key_unsupported: 400,
  key_not_allowed: 400,
  names_invalid: 400,
  names_not_allowed: 400,
  lifetime_out_of_bounds: 400,
  profile_unknown: 404,
  profile_exists: 409,
  profile_invalid: 400,
  profile_configured: 409,
  key_type_not_allowed: 400,
  name_not_allowed: 400,
  lint_failed: 400,
  authority_exists: 409,
  authority_name_invalid: 400,
  rules_invalid: 400,
  import_invalid: 400,
  request_unknown: 404,
  key_unreadable: 400,
  passphrase_weak: 400,
  crl_request_invalid: 400,
  rollover_request_invalid: 400,
  authority_unknown: 404,
  authority_not_allowed: 409,
  no_active_authority: 409,
  contended: 503,
  authority_key_unusable: 500,
  token_unusable: 503,
  token_uri_invalid: 400,
  key_place_invalid: 400,
  token_module_missing: 409,
};

const revocationStatus: Readonly<Record<RevocationErrorCode, number>> = {
  client_unknown: 404,
  client_revoked: 409,
  credential_unknown: 404,
  certificate_unknown: 404,
  certificate_revoked: 409,
  authority_unknown: 404,
  fingerprint_invalid: 400,
  root_not_offline: 409,
  root_ambiguous: 409,
  crl_invalid: 400,
  crl_issuer_unknown: 400,
  crl_signature_invalid: 400,
  crl_times_invalid: 400,
  crl_outdated: 409,
  crl_incomplete: 409,
  crl_contradicts: 409,
  limit_reached: 503,
  contended: 503,
};

const rolloverStatus: Readonly<Record<RolloverErrorCode, number>> = {
  rollover_unknown: 404,
  rollover_in_progress: 409,
  step_out_of_order: 409,
  rollover_not_ready: 409,
  waiver_unknown: 400,
  root_unusable: 409,
  successor_invalid: 400,
  intermediate_missing: 409,
  key_place_invalid: 400,
  report_invalid: 400,
  contended: 503,
};

const keyStatus: Readonly<Record<SigningKeyErrorCode, number>> = {
  key_unknown: 404,
  key_revoked: 409,
  key_retired: 409,
  contention: 503,
};

const titles: Readonly<Record<number, string>> = {
  400: 'The request is wrong.',
  404: 'There is no such thing.',
  409: 'The state of things does not allow it.',
  429: 'There were too many requests of this kind; try again later.',
  500: 'The server failed; its log says why.',
  503: 'This cannot be done at present; try again.',
};

/** The problem document of a domain's refusal; undefined for what nobody foresaw. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ClientError) {
    const problem = refusal(clientStatus[error.code], error.code, error.message);
    return error.member === undefined ? problem : { ...problem, member: error.member };
  }
  if (error instanceof AuthorityError) {
    const problem = refusal(authorityStatus[error.code], error.code, error.message);
    return error.member === undefined ? problem : { ...problem, member: error.member };
  }
  if (error instanceof RevocationError)
    return refusal(revocationStatus[error.code], error.code, error.message);
  if (error instanceof RolloverError) return refusal(rolloverStatus[error.code], error.code, error.message);
  if (error instanceof SigningKeyError) return refusal(keyStatus[error.code], error.code, error.message);
  if (error instanceof AdminError) return refusal(error.status, error.code, error.message);
  return validationProblem(error);
}

function refusal(status: number, code: string, detail: string): Problem {
  return { status, code, title: titles[status] ?? 'The request failed.', detail };
}

/** What Fastify itself refuses: bodies that are too large, no JSON, or not as their schema says. */
function validationProblem(error: unknown): Problem | undefined {
  const { statusCode, validation, code, message } = (error ?? {}) as {
    statusCode?: number;
    validation?: readonly { instancePath?: string }[];
    code?: string;
    message?: string;
  };
  if (validation !== undefined) {
    const member = validation[0]?.instancePath?.slice(1);
    const problem = refusal(400, 'request_invalid', message ?? '');
    return member === undefined || member === '' ? problem : { ...problem, member };
  }
  // Of the storage, where no schema stood in the way: a NUL, which PostgreSQL keeps in no text.
  if (code === 'unstorable') {
    return refusal(400, 'text_invalid', 'a text holds a character that cannot be stored');
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return { status: 413, code: 'body_too_large', title: 'The body is too large.' };
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return { status: 415, code: 'content_type_unsupported', title: 'The body must be application/json.' };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      code: 'request_invalid',
      title: 'The request is wrong.',
      detail: message ?? '',
    };
  }
  return undefined;
}
