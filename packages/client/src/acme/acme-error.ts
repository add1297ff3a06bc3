import { jsonObject } from '../transport/bounded-request.ts';
import type { AcmeAnswer } from './acme-answer.ts';
import { retryAfterSeconds } from './retry-after.ts';

const prefix = 'urn:ietf:params:acme:error:';

/** What is wrong with one identifier of several (RFC 8555 §6.7.1). */
export interface AcmeSubproblem {
  readonly code: string;
  readonly detail: string | undefined;
  /** The value of the identifier, where the server said which. */
  readonly identifier: string | undefined;
}

/** A refusal of the ACME server (RFC 8555 §6.7). Holds no key and no nonce. */
export class AcmeError extends Error {
  override readonly name = 'AcmeError';
  /** The type without its URN prefix, e.g. `badNonce`, `rateLimited`, `unauthorized`; `unknown` for any other. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** For a person. */
  readonly detail: string | undefined;
  readonly subproblems: readonly AcmeSubproblem[];
  /** From now; where the server said when to come again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: {
    readonly code: string;
    readonly status: number;
    readonly detail?: string | undefined;
    readonly subproblems?: readonly AcmeSubproblem[] | undefined;
    readonly retryAfterSeconds?: number | undefined;
  }) {
    const { code, status, detail, subproblems = [] } = problem;
    const names = subproblems.map(({ identifier }) => identifier).filter((name) => name !== undefined);
    const about = names.length === 0 ? '' : ` [${names.join(', ')}]`;
    super(`the ACME server refused: ${code}${detail === undefined ? '' : ` (${detail})`}${about}`);
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.subproblems = subproblems;
    this.retryAfterSeconds = problem.retryAfterSeconds;
  }
}

/** The refusal in an answer whose status is 400 or more. */
export function refusal({ status, headers, text }: AcmeAnswer, now: number): AcmeError {
  return problemOf(jsonObject(text), status, retryAfterSeconds(headers['retry-after'], now));
}

/** A problem document, of an answer or inside an order, an authorization or a challenge. */
export function problemOf(document: unknown, status: number, retryAfter?: number): AcmeError {
  const { type, detail, subproblems } = membersOf(document);
  return new AcmeError({
    code: codeOf(type),
    status,
    detail: printable(detail),
    subproblems: Array.isArray(subproblems) ? subproblems.slice(0, 100).map(subproblemOf) : [],
    retryAfterSeconds: retryAfter,
  });
}

function subproblemOf(value: unknown): AcmeSubproblem {
  const { type, detail, identifier } = membersOf(value);
  return {
    code: codeOf(type),
    detail: printable(detail),
    identifier: printable(membersOf(identifier)['value']),
  };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function codeOf(type: unknown): string {
  if (typeof type !== 'string' || !type.startsWith(prefix)) return 'unknown';
  const code = type.slice(prefix.length);
  return /^[A-Za-z]{1,64}$/.test(code) ? code : 'unknown';
}

function printable(text: unknown): string | undefined {
  return typeof text === 'string' ? text.slice(0, 500).replace(/[\p{Cc}\p{Cf}]/gu, ' ') : undefined;
}
