import { DerReader } from '../../asn1/der-reader.ts';
import { TAG } from '../../asn1/tags.ts';

/** For tests: rewrites DER as other programs write BER, with indefinite lengths and long OCTET STRINGs in pieces. */
export function toBer(der: Buffer): Buffer {
  const reader = new DerReader(der, '');
  reader.any();
  return convert(der.subarray(reader.start, reader.contentEnd));
}

function convert(element: Buffer): Buffer {
  const reader = new DerReader(element, '');
  reader.any();
  const content = element.subarray(reader.contentStart, reader.contentEnd);
  const end = Buffer.alloc(2);
  if (reader.tag === TAG.octetString && content.length > 100) {
    const pieces = [
      content.subarray(0, 60),
      content.subarray(60, 100),
      content.subarray(100, 220),
      content.subarray(220),
    ];
    return Buffer.concat([Buffer.of(0x24, 0x80), ...pieces.flatMap(octetString), end]);
  }
  if ((reader.tag & 0x20) === 0) return element;
  const inner = new DerReader(content, '');
  const parts: Buffer[] = [];
  while (!inner.done) parts.push(convert(inner.element()));
  return Buffer.concat([Buffer.of(reader.tag, 0x80), ...parts, end]);
}

function octetString(piece: Buffer): Buffer[] {
  if (piece.length < 0x80) return [Buffer.of(TAG.octetString, piece.length), piece];
  return [Buffer.of(TAG.octetString, 0x82, piece.length >> 8, piece.length & 0xff), piece];
}
