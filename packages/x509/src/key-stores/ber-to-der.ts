import { asBuffer, MAX_DEPTH } from '../asn1/der-reader.ts';
import { X509Error } from '../errors.ts';

/**
 * Rewrites BER as DER as far as key stores need it: indefinite and over-long lengths become definite and minimal, and strings in pieces
 * become whole. Anything else (order of sets, values) stays. Old Windows, NSS and Java write such stores.
 *
 * Linear in the input for each level of nesting; throws an X509Error beyond {@link MAX_DEPTH} levels or for input that is cut off.
 */
export function berToDer(input: Uint8Array, where: string): Buffer {
  const bytes = asBuffer(input);
  const { der, end } = convert(bytes, 0, bytes.length, 0, where);
  if (end !== bytes.length)
    throw new X509Error('der_trailing_data', 'there is data after the value', where, end);
  return der;
}

interface Converted {
  readonly der: Buffer;
  readonly content: Buffer;
  readonly end: number;
}

function convert(bytes: Buffer, start: number, limit: number, depth: number, where: string): Converted {
  const fail = (
    code: 'der_truncated' | 'der_too_deep' | 'der_unexpected_tag' | 'der_too_large',
    message: string,
  ): never => {
    throw new X509Error(code, message, where, start);
  };
  if (depth > MAX_DEPTH) fail('der_too_deep', 'values are nested too deeply');
  if (start + 2 > limit) fail('der_truncated', 'an element is cut off');
  const tag = bytes[start]!;
  if ((tag & 0x1f) === 0x1f) fail('der_unexpected_tag', 'a tag is of a form that key stores do not use');
  const constructed = (tag & 0x20) !== 0;
  let at = start + 2;
  let contentEnd = -1;
  const first = bytes[start + 1]!;
  if (first === 0x80) {
    if (!constructed) fail('der_unexpected_tag', 'a primitive value has an indefinite length');
  } else {
    let length = first;
    if (first > 0x80) {
      const octets = first & 0x7f;
      if (octets > 6) fail('der_too_large', 'the length is too long');
      if (at + octets > limit) fail('der_truncated', 'the length is cut off');
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + bytes[at++]!;
    }
    contentEnd = at + length;
    if (contentEnd > limit) fail('der_truncated', 'the content reaches past the end of the enclosing value');
  }
  if (!constructed) {
    const content = bytes.subarray(at, contentEnd);
    return { der: wrap(tag, content), content, end: contentEnd };
  }
  const parts: Converted[] = [];
  for (;;) {
    if (contentEnd < 0) {
      if (at + 2 > limit) fail('der_truncated', 'the end of an indefinite length is missing');
      if (bytes[at] === 0 && bytes[at + 1] === 0) {
        at += 2;
        break;
      }
    } else if (at >= contentEnd) break;
    const part = convert(bytes, at, contentEnd < 0 ? limit : contentEnd, depth + 1, where);
    parts.push(part);
    at = part.end;
  }
  // An OCTET STRING in pieces, also under an implicit tag where every piece is one: only EncryptedContent has that form.
  const pieces = tag === 0x24 || (tag === 0xa0 && isInPieces(parts));
  const content = Buffer.concat(parts.map((part) => (pieces ? part.content : part.der)));
  return { der: wrap(pieces ? tag & ~0x20 : tag, content), content, end: at };
}

/** `[0] EXPLICIT OCTET STRING` holds one string, `[0] IMPLICIT` any number: the reader takes both forms of one, so only several are joined. */
function isInPieces(parts: readonly Converted[]): boolean {
  return parts.length > 1 && parts.every((part) => part.der[0] === 0x04);
}

function wrap(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const hex = length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | octets.length), octets, content]);
}
