import { X509Error } from '../errors.ts';

/** Reads the big-endian primitives of Java's DataInputStream, within bounds. */
export class ByteReader {
  readonly #bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(octets: number): number {
    const start = this.position;
    if (octets > this.#bytes.length - start) {
      throw new X509Error('der_truncated', 'the store is cut off', 'keyStore', start);
    }
    this.position = start + octets;
    return start;
  }

  uint8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** A number of things to come. */
  count(maximum: number): number {
    const count = this.uint32();
    if (count > maximum)
      throw new X509Error('der_too_large', 'the store has too many entries', 'keyStore', this.position);
    return count;
  }

  skip(octets: number): void {
    this.#take(octets);
  }

  bytes(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Octets after their length in four octets. */
  block(): Buffer {
    return this.bytes(this.uint32());
  }

  /** Java's modified UTF-8 after its length in two octets. Read as UTF-8, apart from the two forms in which it differs. */
  javaString(): string {
    const octets = this.bytes(this.uint16());
    const text = octets
      .toString('latin1')
      .replace(/\u00ed[\u00a0-\u00bf][\u0080-\u00bf]|\u00c0\u0080/g, (form) => {
        if (form.length === 2) return '\u0000';
        const unit = 0xd000 | ((form.charCodeAt(1) & 0x3f) << 6) | (form.charCodeAt(2) & 0x3f);
        return `\uffff${unit.toString(16)}\uffff`;
      });
    const units = text.split('\uffff');
    return units
      .map((part, index) =>
        index % 2 === 0
          ? Buffer.from(part, 'latin1').toString('utf8')
          : String.fromCharCode(Number.parseInt(part, 16)),
      )
      .join('')
      .toWellFormed();
  }

  end(): void {
    if (this.position !== this.#bytes.length) {
      throw new X509Error(
        'der_trailing_data',
        'there is data after the last entry',
        'keyStore',
        this.position,
      );
    }
  }
}
