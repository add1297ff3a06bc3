import type { DerReader } from '../../asn1/der-reader.ts';

/** RFC 5280 §4.2.1.12: object identifiers of the purposes, at least one. */
export function readExtendedKeyUsage(reader: DerReader): readonly string[] {
  const sequence = reader.sequence();
  const purposes: string[] = [];
  do purposes.push(sequence.oid('KeyPurposeId'));
  while (!sequence.done);
  return purposes;
}
