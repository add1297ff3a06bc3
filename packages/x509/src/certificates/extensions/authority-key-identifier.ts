import type { DerReader } from '../../asn1/der-reader.ts';
import { contextConstructed, contextPrimitive } from '../../asn1/tags.ts';
import { type GeneralName, readGeneralNames } from '../../names/general-name.ts';

/** RFC 5280 §4.2.1.1. `issuer` and `serialBytes` name the issuer's own certificate. */
export interface AuthorityKeyIdentifier {
  readonly keyIdentifier?: Buffer;
  readonly issuer?: readonly GeneralName[];
  /** Content octets of the serial number. */
  readonly serialBytes?: Buffer;
}

export function readAuthorityKeyIdentifier(reader: DerReader): AuthorityKeyIdentifier {
  const sequence = reader.sequence();
  const identifier: { keyIdentifier?: Buffer; issuer?: GeneralName[]; serialBytes?: Buffer } = {};
  if (sequence.peek() === contextPrimitive(0)) {
    identifier.keyIdentifier = sequence.octetString('keyIdentifier', contextPrimitive(0));
  }
  const issuer = sequence.optional(contextConstructed(1), 'authorityCertIssuer');
  if (issuer !== undefined) identifier.issuer = readGeneralNames(issuer);
  if (sequence.peek() === contextPrimitive(2)) {
    identifier.serialBytes = sequence.integer('authorityCertSerialNumber', contextPrimitive(2));
  }
  sequence.end();
  return identifier;
}
