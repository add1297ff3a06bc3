import { TAG } from '../../asn1/tags.ts';
import { X509Error } from '../../errors.ts';

/**
 * Steps over the entries of revokedCertificates (RFC 5280 §5.1.2.6) without making an object for any: a million of them take a
 * fraction of a second. Checks the structure of each; times are decoded when an entry is looked up.
 */
export class EntryScanner {
  readonly #bytes: Buffer;
  readonly #limit: number;
  #position: number;
  /** Bounds of the entry last stepped over. */
  start = 0;
  end = 0;
  /** Bounds of the content of its serial number. */
  serialStart = 0;
  serialEnd = 0;
  /** Where its revocation date begins, header included. */
  dateStart = 0;
  /** Bounds of its extensions, header included; both 0 without. */
  extensionsStart = 0;
  extensionsEnd = 0;
  #contentStart = 0;
  #contentEnd = 0;

  constructor(bytes: Buffer, start: number, limit: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#limit = limit;
  }

  /** Steps over the next entry; false at the end. Throws `crl_invalid`. */
  next(): boolean {
    if (this.#position >= this.#limit) return false;
    this.start = this.#position;
    this.#element(this.#position, this.#limit, TAG.sequence);
    const { end } = this;
    this.#position = end;
    const content = this.#contentStart;
    this.#element(content, end, TAG.integer);
    this.serialStart = this.#contentStart;
    this.serialEnd = this.end;
    this.#checkInteger();
    this.dateStart = this.end;
    this.#date(end);
    this.extensionsStart = 0;
    this.extensionsEnd = 0;
    if (this.end < end) {
      this.extensionsStart = this.end;
      this.#element(this.end, end, TAG.sequence);
      this.extensionsEnd = this.end;
    }
    if (this.end !== end) throw this.#invalid('an entry has data after its last element');
    return true;
  }

  /** Reads the header of the element at `at`; leaves the bounds of its content, and its end in `end`. */
  #element(at: number, limit: number, tag: number): void {
    const bytes = this.#bytes;
    if (at + 2 > limit) throw this.#invalid('an element is cut off');
    if (bytes[at] !== tag) throw this.#invalid('an element has another type than is due');
    let length = bytes[at + 1]!;
    let start = at + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 3 || start + octets > limit) throw this.#invalid('a length is malformed');
      length = 0;
      for (let i = 0; i < octets; i++) length = (length << 8) | bytes[start++]!;
      if (length < 0x80 || length < 1 << ((octets - 1) * 8)) throw this.#invalid('a length is not minimal');
    }
    if (length > limit - start) throw this.#invalid('an element reaches past the end of the enclosing one');
    this.#contentStart = start;
    this.#contentEnd = start + length;
    this.end = start + length;
  }

  #checkInteger(): void {
    const bytes = this.#bytes;
    const { serialStart, serialEnd } = this;
    if (serialStart === serialEnd) throw this.#invalid('a serial number is empty');
    if (serialEnd - serialStart === 1) return;
    const first = bytes[serialStart]!;
    const second = bytes[serialStart + 1]!;
    if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) {
      throw this.#invalid('a serial number is not minimal');
    }
  }

  #date(limit: number): void {
    const bytes = this.#bytes;
    const generalized = bytes[this.end] === TAG.generalizedTime;
    this.#element(this.end, limit, generalized ? TAG.generalizedTime : TAG.utcTime);
    const last = this.#contentEnd - 1;
    if (last - this.#contentStart !== (generalized ? 14 : 12) || bytes[last] !== 0x5a) {
      throw this.#invalid('a revocation date is malformed');
    }
    for (let i = this.#contentStart; i < last; i++) {
      if (bytes[i]! - 0x30 > 9 || bytes[i]! < 0x30) throw this.#invalid('a revocation date is malformed');
    }
  }

  #invalid(message: string): X509Error {
    return new X509Error('crl_invalid', message, 'tbsCertList.revokedCertificates', this.start);
  }
}
