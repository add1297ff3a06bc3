import type { DerWriter } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { contextConstructed, contextPrimitive, TAG } from '../../asn1/tags.ts';
import { REASON_FLAGS, type ReasonFlag } from '../../certificates/extensions/distribution-points.ts';
import { X509Error } from '../../errors.ts';
import { checkSerialNumber } from '../../issuing/serial-number.ts';
import { type GeneralNameInput, writeGeneralName } from '../../names/general-name.ts';
import type { Name } from '../../names/name.ts';
import { REVOCATION_REASONS, type RevocationReason } from './reason.ts';

/** A certificate to list as revoked. Times are Dates or epoch milliseconds; fractions of a second are dropped. */
export interface CrlEntryFields {
  /** Octets of a positive number, such as `Certificate.serialBytes`. */
  readonly serialNumber: Uint8Array;
  readonly revokedAt: Date | number;
  /** `unspecified` is left out, as RFC 5280 §5.3.1 wants it. `removeFromCRL` is for delta CRLs. */
  readonly reason?: RevocationReason | undefined;
  readonly invalidityDate?: Date | number | undefined;
  /** In an indirect CRL: who issued the certificate. Put entries of one issuer behind each other; only the first is marked. */
  readonly certificateIssuer?: Name | undefined;
}

/** What a CRL covers (RFC 5280 §5.2.5); at least one member. */
export interface IssuingDistributionPointFields {
  readonly fullName?: readonly GeneralNameInput[];
  readonly onlyContainsUserCerts?: boolean;
  readonly onlyContainsCACerts?: boolean;
  readonly onlySomeReasons?: readonly ReasonFlag[];
  readonly indirectCRL?: boolean;
}

/** Writes one entry; `markIssuer` adds the certificateIssuer. Throws `issue_invalid`. */
export function writeCrlEntry(writer: DerWriter, entry: CrlEntryFields, markIssuer: boolean): void {
  const { reason, invalidityDate, certificateIssuer } = entry;
  const withReason = reason !== undefined && reason !== 'unspecified';
  writer.sequence(() => {
    writer.integer(checkSerialNumber(entry.serialNumber));
    writer.time(Number(entry.revokedAt));
    if (!withReason && invalidityDate === undefined && !markIssuer) return;
    writer.sequence(() => {
      if (withReason) {
        const code = REVOCATION_REASONS.indexOf(reason);
        if (code < 0) throw new X509Error('issue_invalid', 'the reason does not exist', 'reason');
        writeExtension(writer, OID.reasonCode, false, () => writer.integer(code, TAG.enumerated));
      }
      if (invalidityDate !== undefined) {
        const time = Number(invalidityDate);
        writeExtension(writer, OID.invalidityDate, false, () => writer.time(time, 'generalized'));
      }
      if (markIssuer && certificateIssuer !== undefined) {
        writeExtension(writer, OID.certificateIssuer, true, () => {
          writer.sequence(() => writeGeneralName(writer, { type: 'directory', name: certificateIssuer }));
        });
      }
    });
  });
}

export function writeExtension(writer: DerWriter, oid: string, critical: boolean, value: () => void): void {
  writer.sequence(() => {
    writer.oid(oid);
    if (critical) writer.boolean(true);
    writer.constructed(TAG.octetString, value);
  });
}

/** Throws `issue_invalid` for one that is empty or leaves out every certificate. */
export function writeIssuingDistributionPoint(
  writer: DerWriter,
  point: IssuingDistributionPointFields,
): void {
  const {
    fullName = [],
    onlySomeReasons = [],
    onlyContainsUserCerts,
    onlyContainsCACerts,
    indirectCRL,
  } = point;
  if (onlyContainsUserCerts && onlyContainsCACerts) {
    throw new X509Error(
      'issue_invalid',
      'the distribution point leaves out every certificate',
      'issuingDistributionPoint',
    );
  }
  const flags = onlyContainsUserCerts || onlyContainsCACerts || indirectCRL;
  if (!flags && fullName.length + onlySomeReasons.length === 0) {
    throw new X509Error('issue_invalid', 'the distribution point is empty', 'issuingDistributionPoint');
  }
  writer.sequence(() => {
    if (fullName.length > 0) {
      writer.constructed(contextConstructed(0), () => {
        writer.constructed(contextConstructed(0), () => {
          for (const name of fullName) writeGeneralName(writer, name);
        });
      });
    }
    if (onlyContainsUserCerts) writer.boolean(true, contextPrimitive(1));
    if (onlyContainsCACerts) writer.boolean(true, contextPrimitive(2));
    if (onlySomeReasons.length > 0) {
      writer.namedBits(
        onlySomeReasons.map((reason) => REASON_FLAGS.indexOf(reason)),
        contextPrimitive(3),
      );
    }
    if (indirectCRL) writer.boolean(true, contextPrimitive(4));
  });
}
