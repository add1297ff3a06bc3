import type { LintFinding, LintSeverity } from '../lint/lint.ts';
import { printable } from './printable.ts';

const ORDER: readonly LintSeverity[] = ['error', 'warning', 'notice'];

/**
 * Lint findings as lines for a person, the gravest first: severity, code, message and rule. Nothing for no findings. A finding is no
 * verdict: the certificate may validate all the same.
 */
export function explainFindings(findings: readonly LintFinding[]): string[] {
  const width = Math.max(0, ...findings.map(({ severity }) => severity.length));
  return findings
    .toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
    .map(
      ({ severity, code, message, rule }) =>
        `${severity.padEnd(width)}  ${code}: ${printable(message)} (${rule})`,
    );
}
