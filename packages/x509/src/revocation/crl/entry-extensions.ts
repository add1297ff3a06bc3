import { DerReader } from '../../asn1/der-reader.ts';
import { OID } from '../../asn1/oids.ts';
import { type Extension, readExtensions } from '../../certificates/extension.ts';
import { X509Error } from '../../errors.ts';
import { readGeneralNames } from '../../names/general-name.ts';
import type { Name } from '../../names/name.ts';
import { type RevocationReason, revocationReason } from './reason.ts';

const KNOWN: ReadonlySet<string> = new Set([OID.reasonCode, OID.invalidityDate, OID.certificateIssuer]);

/** What the extensions of one entry say (RFC 5280 §5.3). */
export interface EntryExtensions {
  readonly reason: RevocationReason | undefined;
  /** Epoch milliseconds. */
  readonly invalidityDate: number | undefined;
  readonly certificateIssuer: Name | undefined;
  readonly unknownCritical: boolean;
}

/** Reads the extensions of an entry, in `bytes` from `start` to `end`. Throws X509Error if they are malformed. */
export function readEntryExtensions(bytes: Buffer, start: number, end: number): EntryExtensions {
  const where = 'tbsCertList.revokedCertificates.crlEntryExtensions';
  const sequence = new DerReader(bytes, where, start, end).sequence();
  if (sequence.done) throw new X509Error('crl_invalid', 'there are no extensions', where, start);
  let reason: RevocationReason | undefined;
  let invalidityDate: number | undefined;
  let certificateIssuer: Name | undefined;
  let unknownCritical = false;
  for (const extension of readExtensions(sequence)) {
    if (extension.oid === OID.reasonCode) reason = readReason(extension, where);
    else if (extension.oid === OID.invalidityDate) {
      invalidityDate = extension.decode((reader) => reader.generalizedTime(), `${where}.invalidityDate`);
    } else if (extension.oid === OID.certificateIssuer) certificateIssuer = readIssuer(extension, where);
    else if (extension.critical && !KNOWN.has(extension.oid)) unknownCritical = true;
  }
  return { reason, invalidityDate, certificateIssuer, unknownCritical };
}

function readReason(extension: Extension, where: string): RevocationReason {
  const code = extension.decode((reader) => reader.enumerated(), `${where}.reasonCode`);
  const reason = revocationReason(code);
  if (reason === undefined) throw new X509Error('crl_invalid', 'a reason code does not exist', where);
  return reason;
}

/** The directory name of the certificateIssuer (§5.3.3). */
function readIssuer(extension: Extension, where: string): Name {
  const names = extension.decode(
    (reader) => readGeneralNames(reader.sequence()),
    `${where}.certificateIssuer`,
  );
  for (const name of names) if (name.type === 'directory') return name.name;
  throw new X509Error('crl_invalid', 'a certificate issuer has no directory name', where);
}

const REASON_CODE = Buffer.from('300c300a0603551d1504030a01', 'hex');
const CRITICAL_REASON_CODE = Buffer.from('300f300d0603551d150101ff04030a01', 'hex');

/** Whether the extensions are a valid reasonCode and nothing else, as nearly always: seen without making objects. */
export function isReasonCodeAlone(bytes: Buffer, start: number, end: number): boolean {
  const form = end - start === REASON_CODE.length + 1 ? REASON_CODE : CRITICAL_REASON_CODE;
  if (end - start !== form.length + 1) return false;
  for (let i = 0; i < form.length; i++) if (bytes[start + i] !== form[i]) return false;
  return revocationReason(bytes[end - 1]!) !== undefined;
}
