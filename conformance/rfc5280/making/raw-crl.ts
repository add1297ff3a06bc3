/** Writes CRLs field by field, sound and broken ones. */
import { sign } from 'node:crypto';
import { type DerWriter, encodeDer, Name, TAG } from '@mortise/x509';
import type { KeyPair } from './authorities.ts';

/** Writes one field; a list of them is the content of a TBSCertList, in the order given. */
export type Field = (writer: DerWriter) => void;

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const ECDSA_WITH_SHA384 = '1.2.840.10045.4.3.3';

export const version =
  (number: number): Field =>
  (writer) =>
    writer.integer(number);
export const sha256: Field = (writer) => writer.sequence(() => writer.oid(ECDSA_WITH_SHA256));
export const sha384: Field = (writer) => writer.sequence(() => writer.oid(ECDSA_WITH_SHA384));
export const issuer =
  (name: string): Field =>
  (writer) =>
    writer.raw(Name.parse(name).der);
export const utcTime =
  (text: string): Field =>
  (writer) =>
    writer.string(TAG.utcTime, text);
export const generalizedTime =
  (text: string): Field =>
  (writer) =>
    writer.string(TAG.generalizedTime, text);
export const garbage: Field = (writer) => writer.integer(1);
export const octets =
  (hex: string): Field =>
  (writer) =>
    writer.octetString(Buffer.from(hex, 'hex'));
export const sequence =
  (...fields: readonly Field[]): Field =>
  (writer) =>
    writer.sequence(() => write(writer, fields));

export function extension(oid: string, critical: boolean, value: Uint8Array): Field {
  return (writer) =>
    writer.sequence(() => {
      writer.oid(oid);
      if (critical) writer.boolean(true);
      writer.octetString(value);
    });
}

/** crlExtensions. */
export const extensions =
  (...list: readonly Field[]): Field =>
  (writer) =>
    writer.constructed(0xa0, () => writer.sequence(() => write(writer, list)));

export const issuingDistributionPoint = (...fields: readonly Field[]): Field =>
  extension('2.5.29.28', true, encodeDer(sequence(...fields)));

/** distributionPoint as a fullName of URIs. */
export const fullName =
  (...uris: readonly string[]): Field =>
  (writer) =>
    writer.constructed(0xa0, () =>
      writer.constructed(0xa0, () => {
        for (const uri of uris) writer.string(0x86, uri);
      }),
    );

/** A member of an IssuingDistributionPoint that is TRUE: 1 for user certificates, 2 for those of CAs, 4 indirect, 5 attributes. */
export const flag =
  (number: number): Field =>
  (writer) =>
    writer.boolean(true, 0x80 | number);

/** The DER of a CRL with these fields in its TBSCertList, signed with ECDSA and SHA-256. */
export function rawCrl(fields: readonly Field[], { privateKey }: KeyPair): Buffer {
  const tbs = encodeDer(sequence(...fields));
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.raw(tbs);
      sha256(writer);
      writer.bitString(sign('sha256', tbs, privateKey));
    });
  });
}

function write(writer: DerWriter, fields: readonly Field[]): void {
  for (const field of fields) field(writer);
}
