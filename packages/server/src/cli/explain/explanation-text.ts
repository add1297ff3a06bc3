import { printable } from '../output/table.ts';
import type { CheckDocument, ExplanationDocument } from './documents.ts';

/** What would be decided, and each check, for a person. */
export function explanationText({ client_id, client, certificate, token }: ExplanationDocument): string {
  const parts: string[] = [[`client ${client_id}`, ...checkLines([client])].join('\n')];
  if (certificate !== undefined) {
    const { subject, fingerprint256, checks } = certificate;
    const title = `certificate ${subject === '' ? '(empty subject)' : subject}, sha256 ${fingerprint256}`;
    parts.push([title, ...checkLines(checks)].join('\n'), verdictText(certificate, client_id));
  }
  if (token !== undefined) {
    parts.push(['token', ...checkLines(token.checks)].join('\n'));
    parts.push(
      token.accepted
        ? '→ The token would be accepted by a resource server, as far as its scope reaches.'
        : `→ The token would be refused: ${failuresOf([client, ...token.checks])}.`,
    );
  }
  return parts.map(printable).join('\n\n');
}

function failuresOf(checks: readonly CheckDocument[]): string {
  const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  return failed.join(', ') || 'the server may have missed a revocation';
}

function verdictText(
  { accepted, role, refusal, cnf }: NonNullable<ExplanationDocument['certificate']>,
  clientId: string,
): string {
  if (accepted) {
    const what =
      role === 'authentication'
        ? `proves that the client is ${clientId}`
        : 'does not prove who the client is, but may bind its tokens';
    return `→ Accepted: the certificate ${what}. Tokens get cnf {"x5t#S256":"${cnf['x5t#S256']}"}.`;
  }
  const lines = [`→ Refused as ${refusal?.reason.code ?? 'invalid'}: ${refusal?.summary ?? ''}`];
  if (refusal?.advice !== undefined) lines.push(`  ${refusal.advice}`);
  lines.push(`  If it were accepted, tokens would get cnf {"x5t#S256":"${cnf['x5t#S256']}"}.`);
  return lines.join('\n');
}

const marks = { passed: '✓', failed: '✗', not_asked: '·' } as const;

function checkLines(checks: readonly CheckDocument[]): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = ' '.repeat(width + 6);
  return checks.flatMap(({ name, outcome, message, values }) => [
    `  ${marks[outcome]} ${name.padEnd(width)}  ${message}`,
    ...valueLines(values ?? {}).map((line) => indent + line),
  ]);
}

/** Each value of a list on a line of its own. */
function valueLines(values: NonNullable<CheckDocument['values']>): string[] {
  const width = Math.max(0, ...Object.keys(values).map((name) => name.length));
  return Object.entries(values).flatMap(([name, value]) =>
    [value].flat().map((text, index) => `${(index === 0 ? name : '').padEnd(width)}  ${text}`),
  );
}
