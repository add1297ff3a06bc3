import type { DerReader } from '../../asn1/der-reader.ts';
import { contextConstructed, contextPrimitive } from '../../asn1/tags.ts';
import { type GeneralName, readGeneralName } from '../../names/general-name.ts';

/** RFC 5280 §4.2.1.10. Of an `ip` base, `bytes` are 8 or 32 octets: address and mask. */
export interface GeneralSubtree {
  readonly base: GeneralName;
  /** 0 wherever RFC 5280 is followed. */
  readonly minimum: number;
  readonly maximum: number | undefined;
}

/** The subtrees in which the names below an authority must lie, and those in which they must not (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly GeneralSubtree[];
  readonly excluded: readonly GeneralSubtree[];
}

export function readNameConstraints(reader: DerReader): NameConstraints {
  const sequence = reader.sequence();
  const permitted = readSubtrees(sequence.optional(contextConstructed(0), 'permittedSubtrees'));
  const excluded = readSubtrees(sequence.optional(contextConstructed(1), 'excludedSubtrees'));
  sequence.end();
  if (permitted.length + excluded.length === 0) {
    throw reader.error('extension_invalid', 'name constraints hold no subtree');
  }
  return { permitted, excluded };
}

function readSubtrees(reader: DerReader | undefined): GeneralSubtree[] {
  const subtrees: GeneralSubtree[] = [];
  if (reader?.done)
    throw reader.error('extension_invalid', 'a list of subtrees is empty', '', reader.position);
  while (reader !== undefined && !reader.done) {
    const subtree = reader.sequence('GeneralSubtree');
    const base = readGeneralName(subtree, 'range');
    const minimum =
      subtree.peek() === contextPrimitive(0)
        ? subtree.smallInteger('minimum', undefined, contextPrimitive(0))
        : 0;
    const maximum =
      subtree.peek() === contextPrimitive(1)
        ? subtree.smallInteger('maximum', undefined, contextPrimitive(1))
        : undefined;
    subtree.end();
    subtrees.push({ base, minimum, maximum });
  }
  return subtrees;
}
