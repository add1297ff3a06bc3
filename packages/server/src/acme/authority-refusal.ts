import type { AuthorityError, AuthorityErrorCode } from '../authority/index.ts';
import { AcmeError, type AcmeErrorType } from './acme-error.ts';

const types: Partial<Readonly<Record<AuthorityErrorCode, AcmeErrorType>>> = {
  client_unknown: 'unauthorized',
  client_not_active: 'unauthorized',
  client_required: 'unauthorized',
  names_invalid: 'rejectedIdentifier',
  names_not_allowed: 'rejectedIdentifier',
  name_not_allowed: 'rejectedIdentifier',
  authority_not_allowed: 'unauthorized',
  lifetime_out_of_bounds: 'malformed',
};
const ours: ReadonlySet<AuthorityErrorCode> = new Set([
  'no_active_authority',
  'contended',
  'authority_key_unusable',
  'token_unusable',
  'token_module_missing',
]);

/** What the authority refuses, as an ACME client hears it. */
export function authorityRefusal(error: AuthorityError): AcmeError {
  if (ours.has(error.code)) {
    return new AcmeError('serverInternal', 'No certificate can be issued at present.', {
      status: 503,
      retryAfterSeconds: 10,
    });
  }
  return new AcmeError(types[error.code] ?? 'badCSR', `${error.message}.`);
}
