import type { DerReader } from '../../asn1/der-reader.ts';
import { TAG } from '../../asn1/tags.ts';

/** An Attribute (RFC 5280 §4.1.2.4 and §4.2.1.8; PKCS #10): its type and the DER of each of its values. */
export interface Attribute {
  readonly oid: string;
  readonly values: readonly Buffer[];
}

/** Reads Attributes to the end of the reader. */
export function readAttributes(reader: DerReader): Attribute[] {
  const attributes: Attribute[] = [];
  while (!reader.done) {
    const attribute = reader.sequence('Attribute');
    const oid = attribute.oid('type');
    const set = attribute.constructed(TAG.set, 'values');
    attribute.end();
    const values: Buffer[] = [];
    while (!set.done) values.push(set.element('value'));
    attributes.push({ oid, values });
  }
  return attributes;
}

/** RFC 5280 §4.2.1.8. */
export function readSubjectDirectoryAttributes(reader: DerReader): readonly Attribute[] {
  const sequence = reader.sequence();
  if (sequence.done)
    throw sequence.error('extension_invalid', 'there are no attributes', '', sequence.position);
  return readAttributes(sequence);
}
