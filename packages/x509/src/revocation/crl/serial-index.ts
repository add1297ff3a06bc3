import { randomBytes } from 'node:crypto';

/** Secret to this process, so that nobody can make serial numbers that collide. */
const SECRET = randomBytes(8);
const SEED = SECRET.readUInt32LE(0) | 0;
const MULTIPLIER = SECRET.readUInt32LE(4) | 1;

/**
 * Finds entries by serial number: an open-addressed table of ordinals, 4 octets a slot, in which the octets of the CRL itself are
 * compared. A look-up takes about a microsecond whatever the size.
 */
export class SerialIndex {
  /** Ordinals plus one; 0 is free. The length is a power of two. */
  readonly #slots: Uint32Array;

  private constructor(slots: Uint32Array) {
    this.#slots = slots;
  }

  /** An empty table that will be at most half full with `capacity` entries. */
  static for(capacity: number): SerialIndex {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    return new SerialIndex(new Uint32Array(size));
  }

  /** A copy with room for `capacity` entries in all; undefined if they would crowd it. */
  copyFor(capacity: number): SerialIndex | undefined {
    return capacity > this.#slots.length * 0.75 ? undefined : new SerialIndex(this.#slots.slice());
  }

  /**
   * Puts an ordinal under the serial number in `bytes` from `start` to `end` and the number of its issuer, unless `isSame` says of one that is
   * there already that it is the same. Answers whether it was put.
   */
  add(
    bytes: Buffer,
    start: number,
    end: number,
    issuer: number,
    ordinal: number,
    isSame: (known: number) => boolean,
  ): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(bytes, start, end, issuer) & mask;
    for (;;) {
      const known = slots[slot]!;
      if (known === 0) {
        slots[slot] = ordinal + 1;
        return true;
      }
      if (isSame(known - 1)) return false;
      slot = (slot + 1) & mask;
    }
  }

  /** The ordinal for which `isSame` holds among those that may have the serial number and issuer; -1 if there is none. */
  find(serial: Uint8Array, issuer: number, isSame: (ordinal: number) => boolean): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(serial, 0, serial.length, issuer) & mask;
    for (;;) {
      const known = slots[slot]!;
      if (known === 0) return -1;
      if (isSame(known - 1)) return known - 1;
      slot = (slot + 1) & mask;
    }
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number, issuer: number): number {
  let hash = Math.imul(SEED ^ issuer, MULTIPLIER);
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ bytes[i]!, MULTIPLIER);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return (hash ^ (hash >>> 15)) >>> 0;
}
