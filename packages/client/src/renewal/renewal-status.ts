import { AcmeError } from '../acme/acme-error.ts';
import { ClientError, OAuthError } from '../errors.ts';

/** Why the last renewal failed. Holds no key and no secret. */
export interface LastError {
  /** Epoch milliseconds. */
  readonly at: number;
  /** That of `AcmeError`, `ClientError` or `OAuthError`; `unknown` for anything else. */
  readonly code: string;
  readonly message: string;
}

/** How a managed certificate is. Times are epoch milliseconds. */
export interface RenewalStatus {
  /** `enrolling`: there is none yet; `ending`: less than a tenth of its life is left, so renewal has been failing. */
  readonly state: 'enrolling' | 'valid' | 'ending' | 'ended';
  readonly fingerprint256: string | undefined;
  readonly notBefore: number | undefined;
  readonly notAfter: number | undefined;
  readonly nextRenewal: number | undefined;
  /** In a row. */
  readonly failures: number;
  /** Until a renewal succeeds. */
  readonly lastError: LastError | undefined;
}

export function codeOf(error: unknown): string {
  const known = error instanceof AcmeError || error instanceof ClientError || error instanceof OAuthError;
  return known ? error.code : 'unknown';
}

/** With the causes, which say what was wrong with a connection. */
export function messageOf(error: unknown): string {
  const parts: string[] = [];
  for (let one = error; one instanceof Error && parts.length < 4; one = one.cause) {
    const { code } = one as NodeJS.ErrnoException;
    parts.push(one.message || code || one.name);
  }
  return parts.length === 0 ? 'it failed without a word' : parts.join(': ');
}

export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof AcmeError || error instanceof OAuthError ? error.retryAfterSeconds : undefined;
}

/** Whether trying again is of no use before somebody has done something. */
export function isFinal(error: unknown): boolean {
  if (error instanceof AcmeError)
    return error.status < 500 && !['badNonce', 'rateLimited'].includes(error.code);
  if (!(error instanceof ClientError)) return true;
  return error.code !== 'server_unreachable' && error.code !== 'server_response_invalid';
}
