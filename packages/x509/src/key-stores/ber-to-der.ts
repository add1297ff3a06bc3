import { asBuffer, MAX_DEPTH } from '../asn1/der-reader.ts';
import { X509Error, type X509ErrorCode } from '../errors.ts';

/** Room for the longest header: an identifier octet and a length of up to five octets. */
const HEADER_ROOM = 6;

/** An OCTET STRING, whole and in pieces; `[0]`, which may be either. */
const WHOLE = 0x04;
const IN_PIECES = 0x24;
const CONTEXT_0 = 0xa0;

/**
 * Rewrites BER as DER as far as key stores need it: indefinite and over-long lengths become definite and minimal, and strings in pieces
 * become whole. Anything else (order of sets, values) stays. Old Windows, NSS and Java write such stores.
 *
 * Linear in the input for each level of nesting, and makes no object for an element; throws an X509Error beyond {@link MAX_DEPTH} levels or for
 * input that is cut off.
 */
export function berToDer(input: Uint8Array, where: string): Buffer {
  const bytes = asBuffer(input);
  const conversion = new Conversion(bytes, where);
  const end = conversion.element(0, bytes.length, 0, false);
  if (end !== bytes.length)
    throw new X509Error('der_trailing_data', 'there is data after the value', where, end);
  return conversion.der();
}

class Conversion {
  readonly #bytes: Buffer;
  readonly #where: string;
  readonly #out: Buffer;
  /** Where the next octet is written. */
  #at = 0;
  /** Of the element whose header was read last: its content, which ends at -1 if its length is indefinite. */
  #contentStart = 0;
  #contentEnd = 0;

  constructor(bytes: Buffer, where: string) {
    this.#bytes = bytes;
    this.#where = where;
    // A length that becomes definite may take an octet more than the end that it replaces, above 64 KiB.
    const longer = (Math.ceil(bytes.length / 0x10000) + HEADER_ROOM) * (MAX_DEPTH + 2);
    this.#out = Buffer.allocUnsafe(bytes.length + longer);
  }

  der(): Buffer {
    return this.#out.subarray(0, this.#at);
  }

  /** Converts the element at `start` and answers where it ends; with `bare`, an OCTET STRING without its header. */
  element(start: number, limit: number, depth: number, bare: boolean): number {
    const tag = this.#header(start, limit, depth);
    if (bare && tag !== WHOLE && tag !== IN_PIECES)
      throw this.#error('der_unexpected_tag', 'a piece of a string is no string', start);
    if ((tag & 0x20) === 0) return this.#primitive(tag, bare);
    const contentStart = this.#contentStart;
    const contentEnd = this.#contentEnd;
    const begin = this.#at;
    if (bare) return this.#content(contentStart, contentEnd, limit, depth, true).end;
    this.#at = begin + HEADER_ROOM;
    let pieces = tag === IN_PIECES;
    let { end, count, strings } = this.#content(contentStart, contentEnd, limit, depth, pieces);
    // `[0] EXPLICIT OCTET STRING` holds one string, `[0] IMPLICIT` any number: the reader takes both forms of one, so only several are joined.
    if (tag === CONTEXT_0 && count > 1 && strings) {
      pieces = true;
      this.#at = begin + HEADER_ROOM;
      ({ end, count, strings } = this.#content(contentStart, contentEnd, limit, depth, true));
    }
    this.#wrap(pieces ? tag & ~0x20 : tag, begin);
    return end;
  }

  /** Reads the header at `start`, leaves the bounds of the content and answers the identifier octet. */
  #header(start: number, limit: number, depth: number): number {
    const bytes = this.#bytes;
    if (depth > MAX_DEPTH) throw this.#error('der_too_deep', 'values are nested too deeply', start);
    if (start + 2 > limit) throw this.#error('der_truncated', 'an element is cut off', start);
    const tag = bytes[start]!;
    if ((tag & 0x1f) === 0x1f)
      throw this.#error('der_unexpected_tag', 'a tag is of a form that key stores do not use', start);
    let at = start + 2;
    let length = bytes[start + 1]!;
    if (length === 0x80) {
      if ((tag & 0x20) === 0)
        throw this.#error('der_unexpected_tag', 'a primitive value has an indefinite length', start);
      this.#contentStart = at;
      this.#contentEnd = -1;
      return tag;
    }
    if (length > 0x80) {
      const octets = length & 0x7f;
      if (octets > 6) throw this.#error('der_too_large', 'the length is too long', start);
      if (at + octets > limit) throw this.#error('der_truncated', 'the length is cut off', start);
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + bytes[at++]!;
    }
    if (length > limit - at)
      throw this.#error('der_truncated', 'the content reaches past the end of the enclosing value', start);
    this.#contentStart = at;
    this.#contentEnd = at + length;
    return tag;
  }

  #primitive(tag: number, bare: boolean): number {
    const length = this.#contentEnd - this.#contentStart;
    if (!bare) this.#at = writeHeader(this.#out, this.#at, tag, length);
    this.#bytes.copy(this.#out, this.#at, this.#contentStart, this.#contentEnd);
    this.#at += length;
    return this.#contentEnd;
  }

  /** Converts the elements of a constructed value; `strings` tells whether every one became an OCTET STRING. */
  #content(
    start: number,
    contentEnd: number,
    limit: number,
    depth: number,
    bare: boolean,
  ): { end: number; count: number; strings: boolean } {
    const bytes = this.#bytes;
    let at = start;
    let count = 0;
    let strings = true;
    for (;;) {
      if (contentEnd < 0) {
        if (at + 2 > limit)
          throw this.#error('der_truncated', 'the end of an indefinite length is missing', start);
        if (bytes[at] === 0 && bytes[at + 1] === 0) return { end: at + 2, count, strings };
      } else if (at >= contentEnd) return { end: at, count, strings };
      const tag = bytes[at]!;
      strings &&= tag === WHOLE || tag === IN_PIECES;
      count++;
      at = this.element(at, contentEnd < 0 ? limit : contentEnd, depth + 1, bare);
    }
  }

  /** Puts the header in front of the content that was written behind room for it. */
  #wrap(tag: number, begin: number): void {
    const out = this.#out;
    const length = this.#at - begin - HEADER_ROOM;
    const contentStart = writeHeader(out, begin, tag, length);
    out.copyWithin(contentStart, begin + HEADER_ROOM, this.#at);
    this.#at = contentStart + length;
  }

  #error(code: X509ErrorCode, message: string, offset: number): X509Error {
    return new X509Error(code, message, this.#where, offset);
  }
}

/** Writes an identifier octet and a minimal length at `at`, and answers where the content begins. */
function writeHeader(out: Buffer, at: number, tag: number, length: number): number {
  let octets = 0;
  if (length >= 0x80) for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets++;
  out[at] = tag;
  out[at + 1] = octets === 0 ? length : 0x80 | octets;
  for (let i = octets, rest = length; i > 0; i--, rest = Math.floor(rest / 256)) out[at + 1 + i] = rest;
  return at + 2 + octets;
}
