import type { DerReader } from '../../asn1/der-reader.ts';

/** Bits of RFC 5280 §4.2.1.3 in their order. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** What a key may be used for, by its name in RFC 5280 §4.2.1.3. */
export type KeyUsage = (typeof KEY_USAGES)[number];

const SETS = new Map<number, ReadonlySet<KeyUsage>>();

/** Unknown bits are left out; an empty set is possible. Equal sets are one and the same object. */
export function readKeyUsage(reader: DerReader): ReadonlySet<KeyUsage> {
  const { bytes } = reader.bitString();
  const bits = ((bytes[0] ?? 0) << 1) | ((bytes[1] ?? 0) >> 7);
  let usages = SETS.get(bits);
  if (usages === undefined) {
    usages = new Set(KEY_USAGES.filter((_, bit) => (bits & (0x100 >> bit)) !== 0));
    SETS.set(bits, usages);
  }
  return usages;
}
