import { explainFindings, explainPath, type PeerName, summarizeCertificate } from '@mortise/x509';
import { facts } from '../output/table.ts';
import type { Anchors, Question, Source, Verification, Verified } from './verification.ts';

/** What was asked and what was found, for a person. */
export function verificationText(verification: Verification): string {
  const { source, question, verified } = verification;
  const asked = facts([
    ['checked', sourceText(source)],
    ['name', question.name === undefined ? 'any' : nameText(question.name)],
    ['purpose', question.purpose ?? 'any'],
    ['anchors', anchorsText(question.anchors)],
    ['time', utc(question.at)],
  ]);
  const parts = verified.flatMap((one) => [
    ...(one.alias === undefined ? [] : [`── ${one.alias} ──`]),
    pathText(one, question),
    ...lintText(one),
  ]);
  return [asked, ...parts, ...notes(verification)].join('\n\n');
}

function sourceText(source: Source): string {
  if (source.kind === 'file') return `${source.path} (${source.format})`;
  const { address, protocol, certificates, ocspResponse } = source;
  const count = `${certificates.length} certificate${certificates.length === 1 ? '' : 's'}`;
  const stapled = ocspResponse === undefined ? '' : ' and an OCSP response';
  return `${address}${protocol === undefined ? '' : ` (${protocol})`}, which sent ${count}${stapled}`;
}

export function nameText({ type, value }: PeerName): string {
  return `${type}:${value}`;
}

function anchorsText({ files, certificates }: Anchors): string {
  const count = `${certificates.length} certificate${certificates.length === 1 ? '' : 's'}`;
  if (files.length > 0) return `${count} of ${files.join(', ')}`;
  return `the ${certificates.length} root certificates that come with Node.js, because no --anchor was given`;
}

function pathText({ result }: Verified, { at, anchors }: Question): string {
  const trusted = new Set(anchors.certificates.map(({ fingerprint256 }) => fingerprint256));
  return explainPath(result, { at, isAnchor: ({ fingerprint256 }) => trusted.has(fingerprint256) });
}

/** Errors and warnings; of notices, that there are some. */
function lintText({ lint }: Verified): string[] {
  return lint.flatMap(({ certificate, findings }) => {
    const shown = findings.filter(({ severity }) => severity !== 'notice');
    if (shown.length === 0) return [];
    const { subject } = summarizeCertificate(certificate);
    const title = `warnings about ${subject === '' ? 'the certificate' : subject}, though they do not make the path invalid`;
    return [[title, ...explainFindings(shown).map((line) => `  ${line}`)].join('\n')];
  });
}

/** What helps on. */
function notes({ source, question, others, verified }: Verification): string[] {
  const found: string[] = [];
  if (source.kind === 'server' && source.ended !== undefined) {
    found.push(
      `The server showed its certificates, but it ${source.ended}: it may ask for a certificate of the client.`,
    );
  }
  if (source.kind === 'file' && others > 0) {
    const many = others > 1;
    found.push(
      `${others} other certificate${many ? 's' : ''} of the file ${many ? 'were' : 'was'} only there to build with.`,
    );
  }
  const unanchored = verified.some(
    ({ result }) => !result.valid && result.failures.some(({ code }) => code === 'no_path'),
  );
  if (unanchored) {
    found.push(
      question.anchors.files.length === 0
        ? 'If a private authority issued it, give its root: --anchor FILE.'
        : source.kind === 'file'
          ? 'Certificates between it and the anchor must be in the same file, in any order.'
          : 'A server must send the certificates between its own and the anchor, too.',
    );
  }
  return found;
}

function utc(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('T', ' ').replace('.000Z', 'Z');
}
