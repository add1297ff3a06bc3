import type { LintContext } from './lint-context.ts';

/** `error`: against a MUST. `warning`: against a SHOULD, or likely to break clients. `notice`: worth knowing. */
export type LintSeverity = 'error' | 'warning' | 'notice';

/** `rfc5280`: holds for every certificate. `webpki`: the CA/Browser Forum's Baseline Requirements and root programs, for public TLS only. */
export type LintPolicy = 'rfc5280' | 'webpki';

/** One thing to look for. Codes are stable, and a retired one is never reused. */
export interface Lint {
  readonly code: string;
  readonly severity: LintSeverity;
  readonly policy: LintPolicy;
  /** Where the rule stands, such as `RFC 5280 §4.2.1.9` or `CABF BR 7.1.2.7`. */
  readonly rule: string;
  /** What is wrong, one text for each place; undefined or empty if nothing is. */
  check(context: LintContext): string | readonly string[] | undefined;
}

/** What was found. */
export interface LintFinding {
  readonly code: string;
  readonly severity: LintSeverity;
  readonly policy: LintPolicy;
  readonly rule: string;
  readonly message: string;
}
