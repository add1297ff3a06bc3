import { X509Error } from '../errors.ts';
import { encodeOid } from './oid.ts';
import { TAG } from './tags.ts';
import { encodeTime } from './times.ts';

/** Buffers that finished writers leave to the next ones: what most values fit into, a certificate among them. */
const SCRATCH_OCTETS = 4096;
const SCRATCH: Buffer[] = [];
const NOTHING = Buffer.alloc(0);

/**
 * Writes DER front to back into one growing buffer: the length of a constructed value is set when its body has been written, moving
 * the body by the few octets that a long length takes.
 */
export class DerWriter {
  #buffer: Buffer;
  #length = 0;

  /** `capacity`: octets expected (default 1024); the buffer grows beyond it by itself. */
  constructor(capacity = 1024) {
    this.#buffer =
      capacity > SCRATCH_OCTETS
        ? Buffer.allocUnsafe(capacity)
        : (SCRATCH.pop() ?? Buffer.allocUnsafeSlow(SCRATCH_OCTETS));
  }

  #reserve(octets: number): void {
    const needed = this.#length + octets;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  #header(tag: number, length: number): void {
    this.#reserve(length + 6);
    const buffer = this.#buffer;
    buffer[this.#length++] = tag;
    this.#length = writeLength(buffer, this.#length, length);
  }

  /** A value of any tag around what `body` writes. */
  constructed(tag: number, body: () => void): void {
    this.#reserve(2);
    this.#buffer[this.#length] = tag;
    const bodyStart = this.#length + 2;
    this.#length = bodyStart;
    body();
    const length = this.#length - bodyStart;
    if (length < 0x80) {
      this.#buffer[bodyStart - 1] = length;
      return;
    }
    const extra = lengthOctets(length) - 1;
    this.#reserve(extra);
    this.#buffer.copyWithin(bodyStart + extra, bodyStart, this.#length);
    writeLength(this.#buffer, bodyStart - 1, length);
    this.#length += extra;
  }

  sequence(body: () => void): void {
    this.constructed(TAG.sequence, body);
  }

  /** A SET OF: the elements, each already encoded, are put into DER's order (X.690 §11.6). */
  setOf(elements: readonly Uint8Array[]): void {
    const sorted = elements.length < 2 ? elements : [...elements].sort(Buffer.compare);
    this.constructed(TAG.set, () => {
      for (const element of sorted) this.raw(element);
    });
  }

  /** Octets that are DER already. */
  raw(der: Uint8Array): void {
    this.#reserve(der.length);
    this.#copy(der);
  }

  primitive(tag: number, content: Uint8Array): void {
    this.#header(tag, content.length);
    this.#copy(content);
  }

  /** An INTEGER: a safe number of either sign, a bigint, or the octets of a number that is not negative. */
  integer(value: number | bigint | Uint8Array, tag: number = TAG.integer): void {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 0x80) {
      this.#header(tag, 1);
      this.#buffer[this.#length++] = value;
      return;
    }
    this.primitive(tag, integerContent(value));
  }

  boolean(value: boolean, tag: number = TAG.boolean): void {
    this.#header(tag, 1);
    this.#buffer[this.#length++] = value ? 0xff : 0;
  }

  null(): void {
    this.#header(TAG.null, 0);
  }

  oid(oid: string, tag: number = TAG.oid): void {
    this.primitive(tag, encodeOid(oid));
  }

  octetString(bytes: Uint8Array, tag: number = TAG.octetString): void {
    this.primitive(tag, bytes);
  }

  bitString(bytes: Uint8Array, unusedBits = 0, tag: number = TAG.bitString): void {
    this.#header(tag, bytes.length + 1);
    this.#buffer[this.#length++] = unusedBits;
    this.#copy(bytes);
  }

  /** A BIT STRING with named bits: trailing zero bits are dropped (X.690 §11.2.2). `bits` are the numbers of the bits that are set. */
  namedBits(bits: Iterable<number>, tag: number = TAG.bitString): void {
    const octets: number[] = [];
    let highest = -1;
    for (const bit of bits) {
      while (octets.length <= bit >> 3) octets.push(0);
      octets[bit >> 3]! |= 0x80 >> (bit & 7);
      if (bit > highest) highest = bit;
    }
    this.bitString(Buffer.from(octets), highest < 0 ? 0 : 7 - (highest & 7), tag);
  }

  /** A string in UTF-8, which fits UTF8String and the ASCII types. */
  string(tag: number, text: string): void {
    if (text.length < 128 && this.#shortAscii(tag, text)) return;
    const length = Buffer.byteLength(text);
    this.#header(tag, length);
    this.#buffer.write(text, this.#length, length, 'utf8');
    this.#length += length;
  }

  /** Most strings of a certificate: faster by hand than through the buffer's encoder. Writes nothing if the text is not ASCII. */
  #shortAscii(tag: number, text: string): boolean {
    const { length } = text;
    this.#reserve(length + 2);
    const buffer = this.#buffer;
    const start = this.#length + 2;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      buffer[start + i] = code;
    }
    buffer[start - 2] = tag;
    buffer[start - 1] = length;
    this.#length = start + length;
    return true;
  }

  #copy(octets: Uint8Array): void {
    const { length } = octets;
    if (length > 24) {
      this.#buffer.set(octets, this.#length);
    } else {
      for (let i = 0; i < length; i++) this.#buffer[this.#length + i] = octets[i]!;
    }
    this.#length += length;
  }

  /** A time as RFC 5280 §4.1.2.5 wants it, or always as a GeneralizedTime. */
  time(epochMs: number, always?: 'generalized'): void {
    const { tag, text } = encodeTime(epochMs, always);
    this.string(tag, text);
  }

  /** What was written, in a buffer of its own. The writer is empty afterwards. */
  finish(): Buffer {
    const der = Buffer.allocUnsafe(this.#length);
    this.#buffer.copy(der, 0, 0, this.#length);
    if (this.#buffer.length === SCRATCH_OCTETS && SCRATCH.length < 8) SCRATCH.push(this.#buffer);
    this.#buffer = NOTHING;
    this.#length = 0;
    return der;
  }
}

/** Encodes what `body` writes. */
export function encodeDer(body: (writer: DerWriter) => void, capacity?: number): Buffer {
  const writer = new DerWriter(capacity);
  body(writer);
  return writer.finish();
}

function lengthOctets(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x100) return 2;
  if (length < 0x10000) return 3;
  return length < 0x1000000 ? 4 : 5;
}

function writeLength(buffer: Buffer, at: number, length: number): number {
  const octets = lengthOctets(length) - 1;
  if (octets === 0) {
    buffer[at] = length;
    return at + 1;
  }
  buffer[at] = 0x80 | octets;
  for (let i = octets, rest = length; i > 0; i--) {
    buffer[at + i] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  return at + 1 + octets;
}

function integerContent(value: number | bigint | Uint8Array): Buffer {
  if (value instanceof Uint8Array) return unsignedContent(value);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new X509Error('der_value_invalid', 'not a safe integer', 'integer');
  }
  const big = BigInt(value);
  if (big >= 0n) {
    const hex = big.toString(16);
    return unsignedContent(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
  }
  let octets = 1;
  while (big < -(1n << BigInt(octets * 8 - 1))) octets++;
  return Buffer.from(
    BigInt.asUintN(octets * 8, big)
      .toString(16)
      .padStart(octets * 2, '0'),
    'hex',
  );
}

function unsignedContent(octets: Uint8Array): Buffer {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const minimal = octets.subarray(start);
  if (minimal.length > 0 && minimal[0]! < 0x80) return Buffer.from(minimal);
  return Buffer.concat([Buffer.of(0), minimal]);
}
