import type { ServerResponse } from 'node:http';
import { answer } from './answer.ts';

/** An error document (RFC 9457). `code` is stable and what programs switch on; `type` stays `about:blank`. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** What the request's member at fault is called. */
  readonly member?: string;
}

export const problemContentType = 'application/problem+json';

export function answerProblem(
  response: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(
    response,
    problem.status,
    { 'Content-Type': problemContentType, 'Cache-Control': 'no-store', ...headers },
    JSON.stringify(problem),
  );
}

export const notFound: Problem = { status: 404, code: 'not_found', title: 'There is nothing at this path.' };
export const methodNotAllowed: Problem = {
  status: 405,
  code: 'method_not_allowed',
  title: 'This path does not answer to this method.',
};
export const targetInvalid: Problem = {
  status: 400,
  code: 'target_invalid',
  title: 'The request target is not a path.',
};
export const internalError: Problem = {
  status: 500,
  code: 'internal_error',
  title: 'The server failed; its log says why.',
};
