import type { DerReader } from '../../asn1/der-reader.ts';
import { type GeneralName, readGeneralName } from '../../names/general-name.ts';

/** One entry of AuthorityInfoAccess or SubjectInfoAccess (RFC 5280 §4.2.2). */
export interface AccessDescription {
  /** Object identifier, such as `OID.ocsp` or `OID.caIssuers`. */
  readonly method: string;
  readonly location: GeneralName;
}

export function readInformationAccess(reader: DerReader): readonly AccessDescription[] {
  const sequence = reader.sequence();
  const descriptions: AccessDescription[] = [];
  do {
    const description = sequence.sequence('AccessDescription');
    const method = description.oid('accessMethod');
    const location = readGeneralName(description);
    description.end();
    descriptions.push({ method, location });
  } while (!sequence.done);
  return descriptions;
}
