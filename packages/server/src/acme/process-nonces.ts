import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Nonces } from './nonces.ts';

const numberBytes = 6;
const tagBytes = 16;
const form = /^[A-Za-z0-9_-]{30}$/;

/**
 * The nonces of the one process that uses a database. A nonce is its number, authenticated with a key that ends with the process;
 * of the last million (2 ** 20) a bit each says which were used, and older ones are too old. So a nonce costs no row, and the memory is bounded
 * whatever is asked. After a restart clients get `badNonce` with a fresh one, and try again (RFC 8555 §6.5).
 */
export class ProcessNonces implements Nonces {
  readonly #key = randomBytes(32);
  readonly #remembered: number;
  readonly #used: Uint8Array;
  /** Of the next one to be issued. */
  #next = 0;

  /** `remembered`: how many are; a multiple of 8. */
  constructor(remembered = 2 ** 20) {
    this.#remembered = remembered;
    this.#used = new Uint8Array(remembered / 8);
  }

  issue(): string {
    const number = this.#next;
    this.#next += 1;
    // It takes the place of the one that is now too old.
    this.#mark(number, false);
    const octets = Buffer.alloc(numberBytes);
    octets.writeUIntBE(number, 0, numberBytes);
    return Buffer.concat([octets, this.#tag(octets)]).toString('base64url');
  }

  async use(nonce: string): Promise<boolean> {
    const number = this.#read(nonce);
    if (number === undefined || number >= this.#next || number < this.#next - this.#remembered) return false;
    if (this.#isMarked(number)) return false;
    this.#mark(number, true);
    return true;
  }

  #read(nonce: string): number | undefined {
    if (!form.test(nonce)) return undefined;
    const octets = Buffer.from(nonce, 'base64url');
    // Other spellings of the same octets would be other nonces.
    if (octets.length !== numberBytes + tagBytes || octets.toString('base64url') !== nonce) return undefined;
    const number = octets.subarray(0, numberBytes);
    if (!timingSafeEqual(this.#tag(number), octets.subarray(numberBytes))) return undefined;
    return number.readUIntBE(0, numberBytes);
  }

  #tag(octets: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(octets).digest().subarray(0, tagBytes);
  }

  #isMarked(number: number): boolean {
    const place = number % this.#remembered;
    return (this.#used[place >> 3]! & (1 << (place & 7))) !== 0;
  }

  #mark(number: number, used: boolean): void {
    const place = number % this.#remembered;
    const bit = 1 << (place & 7);
    if (used) this.#used[place >> 3]! |= bit;
    else this.#used[place >> 3]! &= ~bit;
  }
}
