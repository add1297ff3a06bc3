import { X509Error } from '../errors.ts';

/** Longest encoding of an object identifier that is read or written, in octets. */
export const MAX_OID_OCTETS = 128;

const ENCODED = new Map<string, Buffer>();
const MAX_ENCODED = 1024;

/** The object identifiers decoded last, by a hash of their octets: certificates repeat few, and share the strings. */
const DECODED = new Array<{ readonly octets: Uint8Array; readonly text: string } | undefined>(1024).fill(
  undefined,
);

/**
 * Decodes the content octets `bytes[start, end)` of an OBJECT IDENTIFIER (X.690 §8.19) to dotted decimal.
 *
 * Arcs of any size are supported up to {@link MAX_OID_OCTETS} in all. Throws `der_value_invalid` or `der_not_canonical`.
 */
export function decodeOid(bytes: Uint8Array, start: number, end: number, where: string): string {
  const length = end - start;
  if (length === 0) throw new X509Error('der_value_invalid', 'an object identifier is empty', where, start);
  if (length > MAX_OID_OCTETS) {
    throw new X509Error('der_too_large', 'an object identifier is too long', where, start);
  }
  let hash = length;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  const slot = (hash ^ (hash >>> 10)) & 1023;
  const known = DECODED[slot];
  if (known !== undefined && known.octets.length === length) {
    let i = 0;
    while (i < length && known.octets[i] === bytes[start + i]) i++;
    if (i === length) return known.text;
  }
  const text = decodeArcs(bytes, start, end, where);
  DECODED[slot] = { octets: new Uint8Array(bytes.subarray(start, end)), text };
  return text;
}

function decodeArcs(bytes: Uint8Array, start: number, end: number, where: string): string {
  if ((bytes[end - 1]! & 0x80) !== 0) {
    throw new X509Error('der_truncated', 'the last arc of an object identifier is cut off', where, start);
  }
  let text = '';
  let first = true;
  let position = start;
  while (position < end) {
    let octet = bytes[position]!;
    if (octet === 0x80) {
      throw new X509Error('der_not_canonical', 'an arc of an object identifier is padded', where, position);
    }
    let arc = 0;
    const arcStart = position;
    for (;;) {
      octet = bytes[position++]!;
      arc = arc * 128 + (octet & 0x7f);
      if ((octet & 0x80) === 0) break;
    }
    if (position - arcStart > 7) text += bigArc(bytes, arcStart, position, first);
    else if (!first) text += `.${arc}`;
    else if (arc < 40) text = `0.${arc}`;
    else if (arc < 80) text = `1.${arc - 40}`;
    else text = `2.${arc - 80}`;
    first = false;
  }
  return text;
}

function bigArc(bytes: Uint8Array, start: number, end: number, first: boolean): string {
  let arc = 0n;
  for (let i = start; i < end; i++) arc = (arc << 7n) | BigInt(bytes[i]! & 0x7f);
  return first ? `2.${arc - 80n}` : `.${arc}`;
}

/**
 * Content octets of an OBJECT IDENTIFIER given in dotted decimal. Throws `der_value_invalid` if `oid` is not one.
 * The answer may be shared between calls and must not be changed.
 */
export function encodeOid(oid: string): Buffer {
  const known = ENCODED.get(oid);
  if (known !== undefined) return known;
  if (oid.length > MAX_OID_OCTETS * 3 || !/^[0-2](\.(0|[1-9][0-9]*))+$/.test(oid)) {
    throw new X509Error('der_value_invalid', 'not an object identifier in dotted decimal', 'oid');
  }
  const arcs = oid.split('.').map(BigInt);
  const root = arcs[0]!;
  const second = arcs[1]!;
  if (root < 2n && second > 39n) {
    throw new X509Error('der_value_invalid', 'the second arc of an object identifier is above 39', 'oid');
  }
  const octets: number[] = [];
  pushArc(octets, root * 40n + second);
  for (let i = 2; i < arcs.length; i++) pushArc(octets, arcs[i]!);
  if (octets.length > MAX_OID_OCTETS) {
    throw new X509Error('der_too_large', 'an object identifier is too long', 'oid');
  }
  const encoded = Buffer.from(octets);
  if (ENCODED.size < MAX_ENCODED) ENCODED.set(oid, encoded);
  return encoded;
}

function pushArc(octets: number[], arc: bigint): void {
  const reversed = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) reversed.push(Number(rest & 0x7fn) | 0x80);
  for (let i = reversed.length - 1; i >= 0; i--) octets.push(reversed[i]!);
}
