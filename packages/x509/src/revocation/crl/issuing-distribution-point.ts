import type { DerReader } from '../../asn1/der-reader.ts';
import { contextConstructed, contextPrimitive } from '../../asn1/tags.ts';
import {
  type DistributionPointName,
  type ReasonFlag,
  readDistributionPointName,
  readReasonFlags,
} from '../../certificates/extensions/distribution-points.ts';

/** What a CRL covers (RFC 5280 §5.2.5). */
export interface IssuingDistributionPoint {
  readonly name: DistributionPointName | undefined;
  readonly onlyContainsUserCerts: boolean;
  readonly onlyContainsCACerts: boolean;
  readonly onlyContainsAttributeCerts: boolean;
  /** Undefined: all reasons. */
  readonly onlySomeReasons: ReadonlySet<ReasonFlag> | undefined;
  readonly indirectCRL: boolean;
}

/** Refuses an empty one and one that is for users' and for CAs' certificates alone at once (§5.2.5). */
export function readIssuingDistributionPoint(reader: DerReader): IssuingDistributionPoint {
  const sequence = reader.sequence();
  if (sequence.done) throw sequence.error('crl_invalid', 'the issuing distribution point is empty');
  const name = readDistributionPointName(sequence.optional(contextConstructed(0), 'distributionPoint'));
  const flag = (number: number): boolean =>
    sequence.peek() === contextPrimitive(number) && sequence.boolean('', contextPrimitive(number));
  const onlyContainsUserCerts = flag(1);
  const onlyContainsCACerts = flag(2);
  const onlySomeReasons =
    sequence.peek() === contextPrimitive(3) ? readReasonFlags(sequence, contextPrimitive(3)) : undefined;
  const indirectCRL = flag(4);
  const onlyContainsAttributeCerts = flag(5);
  sequence.end();
  if (Number(onlyContainsUserCerts) + Number(onlyContainsCACerts) + Number(onlyContainsAttributeCerts) > 1) {
    throw sequence.error('crl_invalid', 'the issuing distribution point leaves out every certificate');
  }
  return {
    name,
    onlyContainsUserCerts,
    onlyContainsCACerts,
    onlyContainsAttributeCerts,
    onlySomeReasons,
    indirectCRL,
  };
}
