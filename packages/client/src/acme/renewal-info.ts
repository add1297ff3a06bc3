import { ClientError } from '../errors.ts';
import { jsonObject } from '../transport/bounded-request.ts';
import type { AcmeAnswer } from './acme-answer.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** When the server wants a certificate renewed (RFC 9773 §4.2). Times are epoch milliseconds. */
export interface RenewalInfo {
  readonly start: number;
  readonly end: number;
  /** When to ask again; 60 seconds to one day (§4.3). Default six hours. */
  readonly checkAfterSeconds: number;
  /** For a person: why. */
  readonly explanationUrl: string | undefined;
}

const daySeconds = 86_400;
const defaultCheckSeconds = 21_600;

/** Throws `server_response_invalid` for a window that ends before it starts. */
export function readRenewalInfo({ headers, text }: AcmeAnswer, url: string, now: number): RenewalInfo {
  const document = jsonObject(text);
  const window = (document?.['suggestedWindow'] ?? {}) as Record<string, unknown>;
  const start = timeOf(window['start']);
  const end = timeOf(window['end']);
  if (!(start < end)) {
    throw new ClientError('server_response_invalid', `${url} names no window that ends after it starts`);
  }
  const said = retryAfterSeconds(headers['retry-after'], now) ?? defaultCheckSeconds;
  const explanation = document?.['explanationURL'];
  return {
    start,
    end,
    checkAfterSeconds: Math.min(daySeconds, Math.max(60, said)),
    explanationUrl:
      typeof explanation === 'string' && /^https?:$/.test(URL.parse(explanation)?.protocol ?? '')
        ? explanation
        : undefined,
  };
}

/** RFC 3339. */
function timeOf(value: unknown): number {
  const form = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
  return typeof value === 'string' && form.test(value) ? Date.parse(value) : Number.NaN;
}
