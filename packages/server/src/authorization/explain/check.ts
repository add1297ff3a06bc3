import type { RefusalReason } from '../refusal.ts';

/** One thing that was looked at, told whether or not it decided. */
export interface Check {
  /** Stable, for programs. */
  readonly name:
    | 'client'
    | 'method'
    | 'validity'
    | 'path'
    | 'purpose'
    | 'matcher'
    | 'registration'
    | 'denylist'
    | 'form'
    | 'signature'
    | 'issuer'
    | 'expiry'
    | 'audience'
    | 'token_client'
    | 'binding';
  /** `not_asked`: it does not count for this client, or nothing can be said because of what failed before. */
  readonly outcome: 'passed' | 'failed' | 'not_asked';
  /** One sentence for a person. */
  readonly message: string;
  /** What was compared, by name; times are RFC 3339. Holds no secret, key or token. */
  readonly values?: Readonly<Record<string, string | readonly string[]>>;
}

export function passed(name: Check['name'], message: string, values?: Check['values']): Check {
  return check(name, 'passed', message, values);
}

export function failed(name: Check['name'], message: string, values?: Check['values']): Check {
  return check(name, 'failed', message, values);
}

export function notAsked(name: Check['name'], message: string, values?: Check['values']): Check {
  return check(name, 'not_asked', message, values);
}

function check(
  name: Check['name'],
  outcome: Check['outcome'],
  message: string,
  values: Check['values'],
): Check {
  return { name, outcome, message, ...(values === undefined ? {} : { values }) };
}

/** What would be decided. */
export type Decision =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly reason: RefusalReason };

export function timeText(at: number): string {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15
    ? new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
    : String(at);
}
