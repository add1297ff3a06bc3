import { hash as digest } from 'node:crypto';
import { X509Error } from '../errors.ts';
import { parsePem } from '../pem/pem.ts';

/** Longest value that is read, in characters. */
const MAX_LENGTH = 256 * 1024;
const MAX_ELEMENTS = 32;
const MAX_PAIRS = 256;

/**
 * One element of Envoy's x-forwarded-client-cert: what one proxy saw of its client. Only what the nearest trusted proxy wrote (by Envoy's settings, the last
 * or the only element) says anything, and of that the hash or the certificate rather than the names.
 */
export interface ForwardedClientCert {
  /** URI SANs of the proxy's own certificate. */
  readonly by: readonly string[];
  /** Lower-case hexadecimal SHA-256 of the client's certificate. */
  readonly hash: string | undefined;
  /** DER of the client's certificate. */
  readonly certificate: Buffer | undefined;
  /** DER of the whole chain, leaf first. */
  readonly chain: readonly Buffer[] | undefined;
  /** As the proxy printed it: for people, not for decisions. */
  readonly subject: string | undefined;
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
}

type Pair = readonly [key: string, value: string];

/**
 * Parses x-forwarded-client-cert. Commas, semicolons and equals signs separate only outside of double quotes; within them a backslash keeps the
 * character after it. Unknown keys are left out. Throws `header_invalid` for anything ambiguous (quotes in the middle of a value, an unclosed quote, a key of which
 * there may be one given twice, a hash that is none or another certificate's) and `der_too_large` past the bounds.
 */
export function parseForwardedClientCert(value: string): ForwardedClientCert[] {
  if (value.length > MAX_LENGTH)
    throw new X509Error('der_too_large', 'the value is too long', 'x-forwarded-client-cert');
  return split(value).map(readElement);
}

function invalid(message: string): X509Error {
  return new X509Error('header_invalid', message, 'x-forwarded-client-cert');
}

function split(text: string): Pair[][] {
  const elements: Pair[][] = [];
  let element: Pair[] = [];
  let pairs = 0;
  let at = 0;
  for (;;) {
    const key = /^[ \t]*([A-Za-z]{1,32})=/.exec(text.slice(at, at + 128));
    if (key === null) throw invalid('a key and = are missing');
    const { value, end } = readValue(text, at + key[0].length);
    element.push([key[1]!.toLowerCase(), value]);
    if (++pairs > MAX_PAIRS || elements.length >= MAX_ELEMENTS) {
      throw new X509Error('der_too_large', 'there are too many elements', 'x-forwarded-client-cert');
    }
    const separator = text[end];
    if (separator !== ';') {
      elements.push(element);
      element = [];
    }
    if (separator === undefined) return elements;
    at = end + 1;
  }
}

function readValue(text: string, start: number): { value: string; end: number } {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== ',' && text[end] !== ';') {
      if (text[end] === '"') throw invalid('a quote stands in the middle of a value');
      end++;
    }
    return { value: text.slice(start, end).trim(), end };
  }
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      let end = at + 1;
      while (text[end] === ' ' || text[end] === '\t') end++;
      if (end < text.length && text[end] !== ',' && text[end] !== ';')
        throw invalid('a value goes on after its quote');
      return { value, end };
    }
    if (character !== '\\') value += character;
    else if (text[at + 1] === '"') value += text[++at];
    else value += character + (text[++at] ?? '');
  }
  throw invalid('a quote is not closed');
}

function readElement(pairs: readonly Pair[]): ForwardedClientCert {
  const all = (key: string): string[] => pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]);
  const one = (key: string): string | undefined => {
    const values = all(key);
    if (values.length > 1) throw invalid(`${key} is given twice`);
    return values[0];
  };
  const hash = one('hash')?.toLowerCase();
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) throw invalid('the hash is no SHA-256');
  const cert = one('cert');
  const certificates = cert === undefined ? undefined : decodePem(cert);
  if (certificates !== undefined && certificates.length !== 1)
    throw invalid('cert holds more than one certificate');
  const chainText = one('chain');
  const chain = chainText === undefined ? undefined : decodePem(chainText);
  const certificate = certificates?.[0];
  for (const leaf of [certificate, chain?.[0]]) {
    if (leaf === undefined) continue;
    if (hash !== undefined && sha256(leaf) !== hash) throw invalid('the hash is not that of the certificate');
    if (certificate !== undefined && !certificate.equals(leaf))
      throw invalid('the chain begins with another certificate');
  }
  return {
    by: all('by'),
    hash,
    certificate,
    chain,
    subject: one('subject'),
    uris: all('uri').filter((uri) => uri !== ''),
    dnsNames: all('dns').filter((name) => name !== ''),
  };
}

function sha256(der: Buffer): string {
  return digest('sha256', der, 'hex');
}

function decodePem(value: string): Buffer[] {
  let text: string;
  try {
    text = decodeURIComponent(value);
  } catch {
    throw invalid('a certificate is not URL-encoded');
  }
  const ders = parsePem(text, 'CERTIFICATE').map((block) => block.der);
  if (ders.length === 0) throw invalid('a certificate is not PEM');
  return ders;
}
