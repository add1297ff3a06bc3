import { isAscii } from 'node:buffer';
import { types } from 'node:util';
import { asBuffer } from '../asn1/der-reader.ts';
import { X509Error } from '../errors.ts';

/** Largest PEM text that is read, in characters: 64 Mi. */
export const MAX_PEM_LENGTH = 64 * 1024 * 1024;

/** Most blocks of one PEM text that are read. */
export const MAX_PEM_BLOCKS = 250_000;

/** One block of RFC 7468 text. */
export interface PemBlock {
  /** What stands after BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
  /** Headers before the base64 (RFC 1421), such as `Proc-Type` of an encrypted key. */
  readonly headers: ReadonlyMap<string, string>;
}

const BEGIN = '-----BEGIN ';

/**
 * Reads every block of a PEM text, in order; anything between blocks is skipped. Lax about white space within the base64 (RFC 7468 §2),
 * strict about its alphabet and padding. `label` keeps only blocks of that label (others are not decoded). Throws `pem_invalid`, and `der_too_large`
 * above {@link MAX_PEM_LENGTH} or {@link MAX_PEM_BLOCKS}.
 */
export function parsePem(input: string | Uint8Array, label?: string | readonly string[]): PemBlock[] {
  return [...pemBlocks(input, label)];
}

/** The same as {@link parsePem}, block by block. A block that cannot but hold more than `maxOctets` is refused (`der_too_large`) before it is decoded. */
export function* pemBlocks(
  input: string | Uint8Array,
  label?: string | readonly string[],
  maxOctets = Number.POSITIVE_INFINITY,
): Generator<PemBlock> {
  for (const { label: found, body, offset } of locatePem(input, label)) {
    // Half of the text may be white space and headers.
    if (body.length > maxOctets * 2 + 4096)
      throw new X509Error('der_too_large', `a block ${printable(found)} is too large`, 'pem', offset);
    yield decodeBlock(found, body, offset);
  }
}

/** A block that is not decoded yet: what stands between BEGIN and END, and where it begins in the text. */
interface LocatedBlock {
  readonly label: string;
  readonly body: string;
  readonly offset: number;
}

function* locatePem(
  input: string | Uint8Array,
  label: string | readonly string[] | undefined,
): Generator<LocatedBlock> {
  if (input.length > MAX_PEM_LENGTH) throw new X509Error('der_too_large', 'the PEM text is too large', 'pem');
  const text = typeof input === 'string' ? input : asBuffer(input).toString('latin1');
  const wanted = typeof label === 'string' ? [label] : label;
  let at = 0;
  let count = 0;
  for (;;) {
    const begin = text.indexOf(BEGIN, at);
    if (begin < 0) return;
    const labelEnd = text.indexOf('-----', begin + BEGIN.length);
    const found = labelEnd < 0 ? '' : text.slice(begin + BEGIN.length, labelEnd);
    // A BEGIN inside of a line of other text is junk, not a block.
    if (labelEnd < 0 || found.length > 64 || !/^[ -~]*$/.test(found)) {
      at = begin + BEGIN.length;
      continue;
    }
    const end = endOfBody(text, labelEnd + 5, found);
    if (end < 0) throw new X509Error('pem_invalid', `a block ${printable(found)} has no end`, 'pem', begin);
    if (++count > MAX_PEM_BLOCKS)
      throw new X509Error('der_too_large', 'the PEM text has too many blocks', 'pem', begin);
    if (wanted === undefined || wanted.includes(found)) {
      yield { label: found, body: text.slice(labelEnd + 5, end), offset: begin };
    }
    at = end + found.length + 14;
  }
}

/** Where the END of a block stands; -1 if there is none before the next BEGIN. Goes over the text once: no base64 has dashes. */
function endOfBody(text: string, start: number, label: string): number {
  for (let at = text.indexOf('-----', start); at >= 0; at = text.indexOf('-----', at + 1)) {
    if (text.startsWith(`-----END ${label}-----`, at)) return at;
    if (text.startsWith(BEGIN, at)) return -1;
  }
  return -1;
}

/** Characters of base64 that are decoded between two pauses. */
const PIECE = 1024 * 1024;

/**
 * Decodes the first block of one of the labels as {@link parsePem} does, and yields now and then so that the caller can let others run. Undefined
 * if there is none.
 */
export function* firstPemBlock(
  input: string | Uint8Array,
  label: string | readonly string[],
): Generator<void, Buffer | undefined, void> {
  for (const { label: found, body, offset } of locatePem(input, label)) {
    if (body.length <= PIECE || body.includes(':')) return decodeBlock(found, body, offset).der;
    const der = Buffer.allocUnsafe(Math.ceil(body.length / 4) * 3);
    let length = 0;
    let rest = '';
    for (let at = 0; at < body.length; at += PIECE) {
      yield;
      const compact = rest + withoutWhiteSpace(body.slice(at, at + PIECE));
      const whole = at + PIECE < body.length ? compact.length - (compact.length % 4) : compact.length;
      rest = compact.slice(whole);
      const text = compact.slice(0, whole);
      const written = der.write(text, length, 'base64');
      // Padding may end the last piece alone.
      if (!isBase64(text, der.subarray(length, length + written)) || (length % 3 !== 0 && text !== ''))
        throw notBase64(found, offset);
      length += written;
    }
    if (length === 0) throw notBase64(found, offset);
    return der.subarray(0, length);
  }
  return undefined;
}

function printable(label: string): string {
  return JSON.stringify(label);
}

function decodeBlock(label: string, body: string, offset: number): PemBlock {
  const { headers, rest } = readHeaders(body, offset);
  const compact = withoutWhiteSpace(rest);
  const der = Buffer.from(compact, 'base64');
  if (der.length === 0 || !isBase64(compact, der)) throw notBase64(label, offset);
  return { label, der, headers };
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();
/** Most headers of one block, and characters of each; those that anybody writes are two, and short. */
const MAX_HEADERS = 64;
const MAX_HEADER_LENGTH = 4096;

/** Reads line after line for as long as they are headers: the rest may have tens of millions. */
function readHeaders(body: string, offset: number): { headers: ReadonlyMap<string, string>; rest: string } {
  if (!body.includes(':')) return { headers: NO_HEADERS, rest: body };
  const headers = new Map<string, string>();
  let at = /^[ \t]*(?:\r\n|\r|\n)/.exec(body.slice(0, MAX_HEADER_LENGTH))?.[0].length ?? 0;
  for (let count = 0; ; count++) {
    const match = /^([A-Za-z0-9-]+): ?([^\r\n]*)(?:\r\n|\r|\n|$)/.exec(
      body.slice(at, at + MAX_HEADER_LENGTH),
    );
    if (match === null) return { headers, rest: body.slice(at) };
    const [line, name = '', value = ''] = match;
    if (count === MAX_HEADERS || line.length === MAX_HEADER_LENGTH)
      throw new X509Error(
        'der_too_large',
        'a PEM block has too many headers or too long ones',
        'pem',
        offset,
      );
    headers.set(name, value);
    at += line.length;
  }
}

const WHITE_SPACE = /[\t\n\v\f\r ]+/g;
/** Characters up to which a regular expression is the fastest. */
const SHORT = 64 * 1024;

/** Millions of short lines would each cost a regular expression a string; octets are moved in one pass. */
function withoutWhiteSpace(text: string): string {
  if (text.length < SHORT) return text.replace(WHITE_SPACE, '');
  const octets = Buffer.from(text);
  // No base64, whatever is left out of it.
  if (!isAscii(octets)) return text;
  let length = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    if (octet !== 0x20 && (octet < 0x09 || octet > 0x0d)) octets[length++] = octet;
  }
  return octets.toString('latin1', 0, length);
}

/** Whether the text is the base64 of what Node, which takes nearly anything, decoded from it. */
function isBase64(text: string, decoded: Buffer): boolean {
  return text.length === Math.ceil(decoded.length / 3) * 4 && decoded.toString('base64') === text;
}

function notBase64(label: string, offset: number): X509Error {
  return new X509Error('pem_invalid', `a block ${printable(label)} is not base64`, 'pem', offset);
}

/** Writes one block with lines of 64 characters and a newline at the end (RFC 7468 §2). */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    asBuffer(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/**
 * Whether the input is PEM text rather than DER: a string, or bytes with a BEGIN that do not start like a SEQUENCE above 127 octets.
 * Throws TypeError for what is neither text nor octets.
 */
export function isPem(input: string | Uint8Array): boolean {
  if (typeof input === 'string') return true;
  if (!types.isUint8Array(input)) throw new TypeError('neither octets (a Uint8Array) nor text');
  if (input[0] === 0x30 && (input[1] ?? 0) >= 0x80) return false;
  return asBuffer(input).includes(BEGIN);
}
