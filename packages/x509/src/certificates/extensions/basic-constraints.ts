import type { DerReader } from '../../asn1/der-reader.ts';
import { TAG } from '../../asn1/tags.ts';

/** RFC 5280 §4.2.1.9. `pathLength`: how many intermediates may follow, not counting self-issued ones; undefined for no limit. */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/** An explicit `cA FALSE`, which DER forbids but many authorities write, is read. */
export function readBasicConstraints(reader: DerReader): BasicConstraints {
  const sequence = reader.sequence();
  const ca = sequence.peek() === TAG.boolean ? sequence.boolean('cA') : false;
  const pathLength = sequence.done ? undefined : sequence.smallInteger('pathLenConstraint');
  sequence.end();
  return { ca, pathLength };
}
