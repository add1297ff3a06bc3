import type { Identifier } from './records.ts';

/** RFC 8555 §6.7, RFC 9773 §7.4, draft-ietf-acme-profiles §6; the URN without its prefix, with its status. */
const statuses = {
  accountDoesNotExist: 400,
  alreadyReplaced: 409,
  alreadyRevoked: 400,
  badCSR: 400,
  badNonce: 400,
  badPublicKey: 400,
  badRevocationReason: 400,
  badSignatureAlgorithm: 400,
  compound: 400,
  externalAccountRequired: 403,
  invalidContact: 400,
  invalidProfile: 400,
  malformed: 400,
  orderNotReady: 403,
  rateLimited: 429,
  rejectedIdentifier: 403,
  serverInternal: 500,
  unauthorized: 403,
  unsupportedContact: 400,
  unsupportedIdentifier: 400,
} as const;

export type AcmeErrorType = keyof typeof statuses;

/** What is wrong with one identifier of several (RFC 8555 §6.7.1). */
export interface Subproblem {
  readonly type: AcmeErrorType;
  readonly detail: string;
  readonly identifier: Identifier;
}

export interface AcmeErrorMore {
  /** Where it differs from that of the type. */
  readonly status?: 401 | 404 | 405 | 406 | 409 | 413 | 415 | 503;
  readonly subproblems?: readonly Subproblem[];
  /** With `badSignatureAlgorithm`: those that are taken. */
  readonly algorithms?: readonly string[];
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal, as the client hears it. The message holds nothing that it does not know or may not know. */
export class AcmeError extends Error {
  readonly type: AcmeErrorType;
  readonly more: AcmeErrorMore;

  constructor(type: AcmeErrorType, detail: string, more: AcmeErrorMore = {}) {
    super(detail);
    this.name = 'AcmeError';
    this.type = type;
    this.more = more;
  }

  get status(): number {
    return this.more.status ?? statuses[this.type];
  }
}

export const errorPrefix = 'urn:ietf:params:acme:error:';

/** RFC 9457, RFC 8555 §6.7. `subproblems` is absent where there are none: clients stumble over null. */
export function problemDocument(error: AcmeError): Record<string, unknown> {
  const { subproblems, algorithms } = error.more;
  return {
    type: errorPrefix + error.type,
    detail: error.message,
    status: error.status,
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(subproblems === undefined || subproblems.length === 0
      ? {}
      : {
          subproblems: subproblems.map(({ type, detail, identifier }) => ({
            type: errorPrefix + type,
            detail,
            identifier,
          })),
        }),
  };
}

export function malformed(detail: string): AcmeError {
  return new AcmeError('malformed', detail);
}

/** RFC 8555 §7.3.6: the one `unauthorized` that is 401. */
export function accountDeactivated(): AcmeError {
  return new AcmeError('unauthorized', 'The account is deactivated.', { status: 401 });
}

export function notFound(): AcmeError {
  return new AcmeError('malformed', 'There is no such resource.', { status: 404 });
}
