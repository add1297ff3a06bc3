import { isAscii } from 'node:buffer';
import { types } from 'node:util';
import { X509Error, type X509ErrorCode } from '../errors.ts';
import { decodeOid } from './oid.ts';
import { decodeString } from './strings.ts';
import { TAG } from './tags.ts';
import { decodeTime } from './times.ts';

/** Deepest nesting of constructed values that is entered. */
export const MAX_DEPTH = 32;

/** A BIT STRING: its octets, and how many low bits of the last one do not belong to it (0 to 7). */
export interface BitString {
  readonly bytes: Buffer;
  readonly unusedBits: number;
}

/** Views any byte array as a Buffer over the same memory. Throws TypeError for what is none. */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  if (!types.isUint8Array(bytes)) throw new TypeError('not octets (a Uint8Array)');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads the elements of one constructed value in order, in strict DER (X.690 §10, §11), without copying.
 *
 * Each method reads the next element and throws an {@link X509Error} that names the element if it is absent, of another type, cut
 * off or not canonical. Lengths are checked against the enclosing value, nesting against {@link MAX_DEPTH}. Call {@link end} after the last element.
 */
export class DerReader {
  readonly bytes: Buffer;
  /** Offset of the next element. */
  position: number;
  readonly limit: number;
  /** Of the element last read: its identifier octet, and the bounds of the whole and of its content. */
  tag = 0;
  start = 0;
  contentStart = 0;
  contentEnd = 0;
  readonly #name: string;
  readonly #parent: DerReader | undefined;
  readonly #depth: number;

  /** Reads `bytes` from `start` (default 0) to `limit` (default: its end). `where` prefixes the `where` of errors. */
  constructor(bytes: Uint8Array, where: string, start = 0, limit = bytes.length, parent?: DerReader) {
    this.bytes = asBuffer(bytes);
    this.position = start;
    this.limit = limit;
    this.#name = where;
    this.#parent = parent;
    this.#depth = parent === undefined ? 0 : parent.#depth + 1;
    if (this.#depth > MAX_DEPTH) throw this.error('der_too_deep', 'values are nested too deeply', '', start);
  }

  /** Dotted path of the value that is being read. */
  get where(): string {
    const outer = this.#parent?.where ?? '';
    if (outer === '') return this.#name;
    return this.#name === '' ? outer : `${outer}.${this.#name}`;
  }

  /** Whether every element has been read. */
  get done(): boolean {
    return this.position >= this.limit;
  }

  /** Identifier octet of the next element; -1 where there is none. */
  peek(): number {
    return this.position < this.limit ? this.bytes[this.position]! : -1;
  }

  error(code: X509ErrorCode, message: string, name = '', offset = this.start): X509Error {
    const where = this.where;
    return new X509Error(
      code,
      message,
      name === '' ? where : where === '' ? name : `${where}.${name}`,
      offset,
    );
  }

  /** Reads the header of the next element of any type and steps over it; the bounds are left in the fields. */
  any(name = ''): void {
    const { bytes, limit } = this;
    let at = this.position;
    this.start = at;
    if (at + 2 > limit) {
      throw this.error(
        'der_truncated',
        at >= limit ? 'an element is missing' : 'an element is cut off',
        name,
        at,
      );
    }
    const tag = bytes[at++]!;
    if ((tag & 0x1f) === 0x1f || tag === 0) {
      throw this.error('der_unexpected_tag', 'a tag is of a form that X.509 does not use', name);
    }
    let length = bytes[at++]!;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0) throw this.error('der_not_canonical', 'the length is indefinite', name);
      if (octets > 4) throw this.error('der_too_large', 'the length has more than four octets', name);
      if (at + octets > limit) throw this.error('der_truncated', 'the length is cut off', name);
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + bytes[at++]!;
      if (length < 0x80 || length < 256 ** (octets - 1)) {
        throw this.error('der_not_canonical', 'the length is not minimal', name);
      }
    }
    if (length > limit - at) {
      throw this.error('der_truncated', 'the content reaches past the end of the enclosing value', name);
    }
    this.tag = tag;
    this.contentStart = at;
    this.contentEnd = at + length;
    this.position = this.contentEnd;
  }

  /** Reads the next element, which must have this tag, and steps over it; the bounds are left in the fields. */
  expect(tag: number, name = ''): void {
    if (this.position < this.limit && this.bytes[this.position] !== tag) {
      const found = this.bytes[this.position]!.toString(16).padStart(2, '0');
      const wanted = tag.toString(16).padStart(2, '0');
      throw this.error(
        'der_unexpected_tag',
        `found tag 0x${found} where 0x${wanted} is due`,
        name,
        this.position,
      );
    }
    this.any(name);
  }

  /** Reads a constructed value; the answer reads its elements. */
  constructed(tag: number, name = ''): DerReader {
    this.expect(tag, name);
    return new DerReader(this.bytes, name, this.contentStart, this.contentEnd, this);
  }

  sequence(name = ''): DerReader {
    return this.constructed(TAG.sequence, name);
  }

  /** Reads the next element if it has this tag, as {@link constructed}. */
  optional(tag: number, name = ''): DerReader | undefined {
    return this.peek() === tag ? this.constructed(tag, name) : undefined;
  }

  /** The whole next element, header included; with `tag`, it must be of that type. */
  element(name = '', tag?: number): Buffer {
    if (tag === undefined) this.any(name);
    else this.expect(tag, name);
    return this.bytes.subarray(this.start, this.contentEnd);
  }

  /** Content octets of the next element, which must have this tag. */
  content(tag: number, name = ''): Buffer {
    this.expect(tag, name);
    return this.bytes.subarray(this.contentStart, this.contentEnd);
  }

  /** Content octets of an INTEGER: two's complement, big-endian, minimal (X.690 §8.3). */
  integer(name = '', tag: number = TAG.integer): Buffer {
    this.#checkInteger(name, tag);
    return this.bytes.subarray(this.contentStart, this.contentEnd);
  }

  #checkInteger(name: string, tag: number): void {
    this.expect(tag, name);
    const { bytes, contentStart } = this;
    const length = this.contentEnd - contentStart;
    if (length === 0) throw this.error('der_value_invalid', 'an INTEGER is empty', name);
    if (length > 1) {
      const first = bytes[contentStart]!;
      const negative = bytes[contentStart + 1]! >= 0x80;
      if ((first === 0 && !negative) || (first === 0xff && negative)) {
        throw this.error('der_not_canonical', 'an INTEGER is not minimal', name);
      }
    }
  }

  /** An INTEGER from 0 to `maximum` (default 2^31 - 1). */
  smallInteger(name = '', maximum = 0x7fffffff, tag: number = TAG.integer): number {
    this.#checkInteger(name, tag);
    const { bytes, contentStart, contentEnd } = this;
    if (bytes[contentStart]! >= 0x80) throw this.error('der_value_invalid', 'an INTEGER is negative', name);
    if (contentEnd - contentStart > 7) throw this.error('der_value_invalid', 'an INTEGER is too large', name);
    let value = 0;
    for (let i = contentStart; i < contentEnd; i++) value = value * 256 + bytes[i]!;
    if (value > maximum) throw this.error('der_value_invalid', 'an INTEGER is too large', name);
    return value;
  }

  enumerated(name = ''): number {
    return this.smallInteger(name, 0x7fffffff, TAG.enumerated);
  }

  boolean(name = '', tag: number = TAG.boolean): boolean {
    this.expect(tag, name);
    if (this.contentEnd - this.contentStart !== 1) {
      throw this.error('der_value_invalid', 'a BOOLEAN is not one octet', name);
    }
    const octet = this.bytes[this.contentStart]!;
    if (octet !== 0 && octet !== 0xff) {
      throw this.error('der_not_canonical', 'a BOOLEAN is neither 0x00 nor 0xff', name);
    }
    return octet === 0xff;
  }

  null(name = ''): void {
    this.expect(TAG.null, name);
    if (this.contentEnd !== this.contentStart)
      throw this.error('der_value_invalid', 'a NULL has content', name);
  }

  /** An OBJECT IDENTIFIER in dotted decimal. */
  oid(name = '', tag: number = TAG.oid): string {
    this.expect(tag, name);
    try {
      return decodeOid(this.bytes, this.contentStart, this.contentEnd, '');
    } catch (cause) {
      if (cause instanceof X509Error) throw this.error(cause.code, cause.message, name);
      throw cause;
    }
  }

  octetString(name = '', tag: number = TAG.octetString): Buffer {
    return this.content(tag, name);
  }

  /** A BIT STRING; unused bits must be zero (X.690 §11.2.1). */
  bitString(name = '', tag: number = TAG.bitString): BitString {
    this.expect(tag, name);
    const { bytes, contentStart, contentEnd } = this;
    if (contentStart === contentEnd) throw this.error('der_value_invalid', 'a BIT STRING is empty', name);
    const unusedBits = bytes[contentStart]!;
    if (unusedBits > 7 || (unusedBits > 0 && contentEnd - contentStart === 1)) {
      throw this.error('der_value_invalid', 'a BIT STRING counts unused bits that it does not have', name);
    }
    if (unusedBits > 0 && (bytes[contentEnd - 1]! & ((1 << unusedBits) - 1)) !== 0) {
      throw this.error('der_not_canonical', 'the unused bits of a BIT STRING are not zero', name);
    }
    return { bytes: bytes.subarray(contentStart + 1, contentEnd), unusedBits };
  }

  /** A BIT STRING of whole octets, such as a signature or a key. */
  wholeBitString(name = '', tag: number = TAG.bitString): Buffer {
    const { bytes, unusedBits } = this.bitString(name, tag);
    if (unusedBits !== 0) throw this.error('der_value_invalid', 'a BIT STRING is not of whole octets', name);
    return bytes;
  }

  /** A UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5, in epoch milliseconds. */
  time(name = ''): number {
    if (this.peek() === TAG.generalizedTime) return this.generalizedTime(name);
    this.expect(TAG.utcTime, name);
    return this.#time(name);
  }

  /** A GeneralizedTime `YYYYMMDDHHMMSSZ`, in epoch milliseconds. */
  generalizedTime(name = '', tag: number = TAG.generalizedTime): number {
    this.expect(tag, name);
    this.tag = TAG.generalizedTime;
    return this.#time(name);
  }

  #time(name: string): number {
    try {
      return decodeTime(this.bytes, this.tag, this.contentStart, this.contentEnd, '');
    } catch (cause) {
      if (cause instanceof X509Error) throw this.error(cause.code, cause.message, name);
      throw cause;
    }
  }

  /** A character string of the given type, or, without `tag`, of any string type. */
  string(name = '', tag?: number): string {
    if (tag === undefined) this.any(name);
    else this.expect(tag, name);
    const content = this.bytes.subarray(this.contentStart, this.contentEnd);
    try {
      return decodeString(content, this.tag, '');
    } catch (cause) {
      if (cause instanceof X509Error) throw this.error(cause.code, cause.message, name);
      throw cause;
    }
  }

  /** An IA5String under an implicit context tag, as in a GeneralName. */
  implicitIa5String(name: string, tag: number): string {
    this.expect(tag, name);
    this.tag = TAG.ia5String;
    const content = this.bytes.subarray(this.contentStart, this.contentEnd);
    if (!isAscii(content)) throw this.error('string_invalid', 'an IA5String has octets above 127', name);
    return content.toString('latin1');
  }

  /** Refuses anything that is left over. */
  end(): void {
    if (this.position < this.limit) {
      throw this.error('der_trailing_data', 'there is data after the last element', '', this.position);
    }
  }
}
