import type { Certificate } from '../certificates/certificate.ts';
import type { PathFailure } from '../path/failure.ts';
import type { InvalidPath, PathValidation, ValidPath } from '../path/options.ts';
import type { RevocationStatus } from '../revocation/check/status.ts';
import { candidateTree, type TreeNode } from './candidate-tree.ts';
import { distance, utcTime } from './moments.ts';
import { printable } from './printable.ts';
import { directoryName, purposeName, summarizeCertificate } from './summarize-certificate.ts';

/** What {@link explainPath} needs to know beside the result. */
export interface ExplainPathOptions {
  /** The time that was validated for; a number is epoch milliseconds. */
  readonly at: Date | number;
  /** Says which certificates were given as anchors, so that those of a refused path can be marked. */
  readonly isAnchor?: ((certificate: Certificate) => boolean) | undefined;
}

/** Most issuers of one certificate, and most certificates in all, that a tree shows; the rest is counted. */
const MAX_ISSUERS = 6;
const MAX_CERTIFICATES = 40;
/** Names of one certificate that the text shows. */
const MAX_NAMES = 8;

interface Drawing {
  readonly lines: string[];
  readonly at: number;
  readonly isAnchor: (certificate: Certificate) => boolean;
  readonly revocation: ReadonlyMap<Certificate, RevocationStatus>;
  /** Certificates that may still be drawn. */
  left: number;
}

/**
 * What {@link validatePath} found, as text for a person: the verdict, the path as a tree from the leaf up to the anchor, and for each
 * failure its code, the values that were compared and the rule, at the certificate that it is about. Without a final newline. Names are shown harmless
 * (control characters replaced) and bounded; never to be parsed.
 */
export function explainPath(result: PathValidation, options: ExplainPathOptions): string {
  const at = Math.floor(Number(options.at) / 1000) * 1000;
  const isAnchor = options.isAnchor ?? (() => false);
  return (result.valid ? explainValid(result, at) : explainInvalid(result, at, isAnchor)).join('\n');
}

function explainValid(result: ValidPath, at: number): string[] {
  const { path, anchor, revocation } = result;
  const until = `until ${utcTime(result.validUntil)} (${distance(at, result.validUntil)})`;
  const drawing: Drawing = {
    lines: [`valid ${until}: ${endsFirst(result)}`, ''],
    at,
    isAnchor: (certificate) => anchor.certificate?.equals(certificate) ?? false,
    revocation: new Map(revocation.map(({ certificate, status }) => [certificate, status])),
    left: MAX_CERTIFICATES,
  };
  const bare = anchor.certificate === undefined;
  drawNode(drawing, treeOf(path), '', '', bare);
  if (bare) {
    const indent = '   '.repeat(Math.max(0, path.length - 1));
    drawing.lines.push(`${indent}└─ ${directoryName(() => anchor.subject)}  ← trust anchor, by name and key`);
  }
  return drawing.lines;
}

/** What must be renewed first. */
function endsFirst({ path, revocation, validUntil }: ValidPath): string {
  const certificate = path.find(({ notAfter }) => notAfter === validUntil);
  if (certificate !== undefined) {
    const whose = certificate === path[0] ? 'the certificate' : subjectText(certificate);
    return `${whose} expires first`;
  }
  const status = revocation.find(({ status: one }) => one.status === 'good' && one.validUntil === validUntil);
  const source = status?.status.status === 'good' ? status.status.source : 'crl';
  return `then the ${source === 'crl' ? 'CRL' : 'OCSP response'} is too old`;
}

function explainInvalid(
  result: InvalidPath,
  at: number,
  isAnchor: (certificate: Certificate) => boolean,
): string[] {
  const codes = [...new Set(result.failures.map(({ code }) => code))];
  const drawing: Drawing = {
    lines: [`not valid: ${codes.join(', ')}`, ''],
    at,
    isAnchor,
    revocation: new Map(),
    left: MAX_CERTIFICATES,
  };
  const { root, elsewhere } = candidateTree(result.candidates, result.failures);
  if (root !== undefined) drawNode(drawing, root, '', '', false);
  if (root !== undefined && elsewhere.length > 0) drawing.lines.push('');
  for (const failure of elsewhere) drawing.lines.push(...failureLines(failure));
  return drawing.lines;
}

function treeOf(path: readonly Certificate[]): TreeNode {
  const [certificate, ...above] = path;
  return {
    certificate: certificate!,
    failures: [],
    issuers: above.length === 0 ? [] : [treeOf(above)],
  };
}

/** `first` stands before the name, `rest` before every line below it; `more`: something is still drawn below the last certificate. */
function drawNode(drawing: Drawing, node: TreeNode, first: string, rest: string, more: boolean): void {
  const { certificate, issuers, failures } = node;
  drawing.left--;
  const mark = drawing.isAnchor(certificate) ? '  ← trust anchor' : '';
  drawing.lines.push(`${first}${subjectText(certificate)}${mark}`);
  const shown = issuers.slice(0, Math.max(0, Math.min(MAX_ISSUERS, drawing.left)));
  const hidden = issuers.length - shown.length;
  const bar = shown.length + hidden > 0 || more ? '│  ' : '   ';
  const indent = rest + bar;
  for (const line of factLines(drawing, certificate, first === '')) drawing.lines.push(indent + line);
  for (const failure of failures) {
    for (const line of failureLines(failure)) drawing.lines.push(indent + line);
  }
  shown.forEach((issuer, index) => {
    const last = index === shown.length - 1 && hidden === 0;
    drawNode(drawing, issuer, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`, more);
  });
  if (hidden > 0) drawing.lines.push(`${rest}└─ … and ${hidden} more with this name`);
}

function factLines(drawing: Drawing, certificate: Certificate, isLeaf: boolean): string[] {
  const summary = summarizeCertificate(certificate);
  const { notBefore, notAfter } = summary;
  const pairs: [string, string][] = [];
  if (isLeaf) {
    const hidden = summary.moreNames + Math.max(0, summary.names.length - MAX_NAMES);
    const names = summary.names.slice(0, MAX_NAMES).join(', ') + (hidden > 0 ? ` and ${hidden} more` : '');
    pairs.push(['names', names === '' ? '(no subjectAltName)' : names]);
    if (summary.purposes !== undefined) pairs.push(['purposes', summary.purposes.join(', ')]);
  }
  const { at } = drawing;
  const state =
    at < notBefore
      ? `begins in ${distance(at, notBefore)}`
      : at > notAfter
        ? `ended ${distance(notAfter, at)} ago`
        : `ends in ${distance(at, notAfter)}`;
  pairs.push(['validity', `${utcTime(notBefore)} to ${utcTime(notAfter)}, ${state}`]);
  pairs.push(['key', `${summary.key}, signed with ${summary.signature}`]);
  if (isLeaf) pairs.push(['serial', summary.serialNumber]);
  pairs.push(['sha256', summary.fingerprint256]);
  const status = drawing.revocation.get(certificate);
  if (status !== undefined) pairs.push(['status', statusText(status)]);
  return aligned(pairs);
}

function statusText(status: RevocationStatus): string {
  switch (status.status) {
    case 'good':
      return `not revoked, by ${sourceName(status.source)}${
        Number.isFinite(status.validUntil) ? ` until ${utcTime(status.validUntil)}` : ''
      }`;
    case 'revoked':
      return `revoked ${utcTime(status.revokedAt)} (${status.reason}), by ${sourceName(status.source)}`;
    case 'unknown': {
      const why = status.problems.map(({ source, code }) => `${sourceName(source)}: ${code}`);
      return `not known whether revoked (${why.length === 0 ? 'no CRL or OCSP response at hand speaks of it' : why.join('; ')})`;
    }
  }
}

function sourceName(source: 'crl' | 'ocsp'): string {
  return source === 'crl' ? 'CRL' : 'OCSP';
}

function failureLines({ code, message, rule, values = {} }: PathFailure): string[] {
  const pairs = Object.entries(values).map(([name, value]): [string, string] => [
    name,
    printable(valueText(name, String(value))),
  ]);
  return [
    `✗ ${code}: ${printable(message)}`,
    ...aligned([...pairs, ['rule', rule]]).map((line) => `    ${line}`),
  ];
}

/** Times as everywhere else in the text, purposes by keyword. */
function valueText(name: string, value: string): string {
  const time = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.000)?Z$/.exec(value);
  if (time !== null) return `${time[1]} ${time[2]}Z`;
  if (name !== 'purpose' && name !== 'granted') return value;
  return value
    .split(', ')
    .map((oid) => purposeName(oid))
    .join(', ');
}

function aligned(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function subjectText(certificate: Certificate): string {
  const text = directoryName(() => certificate.subject);
  return text === '' ? '(empty subject)' : text;
}
