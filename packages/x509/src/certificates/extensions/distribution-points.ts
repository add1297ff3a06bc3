import type { DerReader } from '../../asn1/der-reader.ts';
import { contextConstructed, contextPrimitive } from '../../asn1/tags.ts';
import { type GeneralName, readGeneralNames } from '../../names/general-name.ts';

/** Bits of ReasonFlags (RFC 5280 §4.2.1.13) in their order; bit 0 is unused. */
export const REASON_FLAGS = [
  'unused',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

/** A reason that a CRL can be limited to, by its name in RFC 5280 §4.2.1.13. */
export type ReasonFlag = (typeof REASON_FLAGS)[number];

/** DistributionPointName: full names, or the DER of the attributes (content of a RelativeDistinguishedName) to put below the issuer's name. */
export type DistributionPointName =
  | { readonly fullName: readonly GeneralName[]; readonly relativeName?: undefined }
  | { readonly fullName?: undefined; readonly relativeName: Buffer };

/** Where CRLs for a certificate are found, for which reasons, and who signs them (RFC 5280 §4.2.1.13). */
export interface DistributionPoint {
  readonly name: DistributionPointName | undefined;
  /** Undefined: all reasons. */
  readonly reasons: ReadonlySet<ReasonFlag> | undefined;
  readonly crlIssuer: readonly GeneralName[] | undefined;
}

/** CRLDistributionPoints (RFC 5280 §4.2.1.13), and FreshestCRL, which has the same form. */
export function readDistributionPoints(reader: DerReader): readonly DistributionPoint[] {
  const sequence = reader.sequence();
  const points: DistributionPoint[] = [];
  do {
    const point = sequence.sequence('DistributionPoint');
    const name = readDistributionPointName(point.optional(contextConstructed(0), 'distributionPoint'));
    const reasons =
      point.peek() === contextPrimitive(1) ? readReasonFlags(point, contextPrimitive(1)) : undefined;
    const issuer = point.optional(contextConstructed(2), 'cRLIssuer');
    const crlIssuer = issuer === undefined ? undefined : readGeneralNames(issuer);
    point.end();
    points.push({ name, reasons, crlIssuer });
  } while (!sequence.done);
  return points;
}

/** Reads the DistributionPointName inside of its explicit tag. */
export function readDistributionPointName(
  explicit: DerReader | undefined,
): DistributionPointName | undefined {
  if (explicit === undefined) return undefined;
  const full = explicit.optional(contextConstructed(0), 'fullName');
  const name =
    full === undefined
      ? { relativeName: explicit.content(contextConstructed(1), 'nameRelativeToCRLIssuer') }
      : { fullName: readGeneralNames(full) };
  explicit.end();
  return name;
}

export function readReasonFlags(reader: DerReader, tag: number): ReadonlySet<ReasonFlag> {
  const { bytes } = reader.bitString('reasons', tag);
  const reasons = new Set<ReasonFlag>();
  REASON_FLAGS.forEach((reason, bit) => {
    if (((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) reasons.add(reason);
  });
  return reasons;
}
