import { hash } from 'node:crypto';
import { DerReader } from '../../asn1/der-reader.ts';
import type { DerWriter } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { X509Error } from '../../errors.ts';
import { readAlgorithmIdentifier } from '../../keys/algorithm-identifier.ts';
import type { Name } from '../../names/name.ts';

/** A certificate as OCSP names it (RFC 6960 §4.1.1). */
export interface CertificateId {
  /** Object identifier of the hash of the two next. */
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  /** Content octets of the serial number. */
  readonly serialBytes: Buffer;
}

/** What identifies an issuer. */
export interface IssuerIdentity {
  readonly subject: Name;
  /** DER. */
  readonly subjectPublicKeyInfo: Buffer;
}

/** Hashes of certificate identifiers. SHA-1 is what nearly all clients use, and safe here: nothing is signed by it. */
export type CertificateIdHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

const HASH_OIDS: Readonly<Record<CertificateIdHash, string>> = {
  sha1: OID.sha1,
  sha256: OID.sha256,
  sha384: OID.sha384,
  sha512: OID.sha512,
};

/** The identifier of the certificate with this serial number (content octets) by this issuer. */
export function certificateId(
  serialBytes: Uint8Array,
  issuer: IssuerIdentity,
  algorithm: CertificateIdHash = 'sha1',
): CertificateId {
  return {
    hashAlgorithm: HASH_OIDS[algorithm],
    issuerNameHash: hash(algorithm, issuer.subject.der, 'buffer'),
    issuerKeyHash: hash(algorithm, publicKeyOctets(issuer.subjectPublicKeyInfo), 'buffer'),
    serialBytes: Buffer.from(serialBytes),
  };
}

/** Whether the identifier is that of the certificate with this serial number by this issuer. False for hashes that are not known. */
export function identifies(id: CertificateId, serialBytes: Uint8Array, issuer: IssuerIdentity): boolean {
  if (!id.serialBytes.equals(serialBytes)) return false;
  const known = Object.entries(HASH_OIDS).find(([, oid]) => oid === id.hashAlgorithm);
  if (known === undefined) return false;
  const own = certificateId(serialBytes, issuer, known[0] as CertificateIdHash);
  return own.issuerNameHash.equals(id.issuerNameHash) && own.issuerKeyHash.equals(id.issuerKeyHash);
}

/** Content of the BIT STRING of a SubjectPublicKeyInfo. */
export function publicKeyOctets(subjectPublicKeyInfo: Uint8Array): Buffer {
  const outer = new DerReader(subjectPublicKeyInfo, 'subjectPublicKeyInfo').sequence();
  outer.any('algorithm');
  return outer.wholeBitString('subjectPublicKey');
}

export function readCertificateId(reader: DerReader): CertificateId {
  const sequence = reader.sequence('certID');
  const { oid } = readAlgorithmIdentifier(sequence, 'hashAlgorithm');
  const issuerNameHash = sequence.octetString('issuerNameHash');
  const issuerKeyHash = sequence.octetString('issuerKeyHash');
  const serialBytes = sequence.integer('serialNumber');
  sequence.end();
  return { hashAlgorithm: oid, issuerNameHash, issuerKeyHash, serialBytes };
}

export function writeCertificateId(writer: DerWriter, id: CertificateId): void {
  if (id.serialBytes.length === 0) throw new X509Error('issue_invalid', 'a serial number is empty', 'certID');
  writer.sequence(() => {
    writer.sequence(() => {
      writer.oid(id.hashAlgorithm);
      writer.null();
    });
    writer.octetString(id.issuerNameHash);
    writer.octetString(id.issuerKeyHash);
    writer.primitive(0x02, id.serialBytes);
  });
}
