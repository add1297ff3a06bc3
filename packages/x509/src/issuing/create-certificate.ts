import type { KeyObject } from 'node:crypto';
import { DerWriter } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed, contextPrimitive } from '../asn1/tags.ts';
import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { signatureAlgorithmDetails } from '../keys/signature-algorithms.ts';
import type { Signer } from '../keys/signer.ts';
import { keyIdentifier, spkiOf } from '../keys/spki.ts';
import { Name } from '../names/name.ts';
import { type ExtensionFields, ExtensionWriter } from './extension-fields.ts';
import { checkSerialNumber, randomSerialNumber } from './serial-number.ts';
import { signStructure } from './sign-structure.ts';

/** What a new certificate holds. */
export interface CertificateFields extends ExtensionFields {
  /** Octets of a positive number of at most 20 octets; default {@link randomSerialNumber}. */
  readonly serialNumber?: Uint8Array;
  /** A Name, or RFC 4514. */
  readonly subject: Name | string;
  /** The issuer's certificate, whose subject and subjectKeyIdentifier are taken; or its name, with the signer's key. */
  readonly issuer: Name | Certificate | string;
  /** A Date, or epoch milliseconds; fractions of a second are dropped. */
  readonly notBefore: Date | number;
  readonly notAfter: Date | number;
  /** The subject's key, or the DER of its SubjectPublicKeyInfo. */
  readonly publicKey: KeyObject | Uint8Array;
  /** Default: RFC 7093 method 1 over the key. */
  readonly subjectKeyIdentifier?: Uint8Array;
}

/**
 * Makes a version 3 certificate and signs it through the port. subjectKeyIdentifier and authorityKeyIdentifier are added by
 * themselves. Nothing else is decided or forbidden here: lint before signing.
 *
 * Throws `issue_invalid` for fields that cannot be encoded, and for an issuer's certificate whose key is not the signer's.
 */
export async function createCertificate(fields: CertificateFields, signer: Signer): Promise<Certificate> {
  return signCertificate(encodeTbsCertificate(fields, signer), signer);
}

/** Signs what {@link encodeTbsCertificate} made for this signer's algorithm. */
export async function signCertificate(tbs: Buffer, signer: Signer): Promise<Certificate> {
  return Certificate.adopt(await signStructure(tbs, signer));
}

/**
 * Signs the very octets of a certificate once more, with another key: for an authority that looks at what a worthless key signed before it
 * uses its own. Throws `issue_invalid` where the signer's algorithm is not the one that they name.
 */
export async function signAgain(certificate: Certificate, signer: Signer): Promise<Certificate> {
  const der = await signStructure(certificate.tbsCertificate, signer);
  const again = Certificate.adoptResigned(der, certificate);
  if (!again.signatureAlgorithmsMatch) {
    throw new X509Error(
      'issue_invalid',
      'the certificate names another algorithm than the signer has',
      'signer',
    );
  }
  return again;
}

/** DER of the part that is signed; throws as {@link createCertificate}. */
export function encodeTbsCertificate(
  fields: CertificateFields,
  signer: Pick<Signer, 'algorithm' | 'publicKey'>,
): Buffer {
  const subject = typeof fields.subject === 'string' ? Name.parse(fields.subject) : fields.subject;
  const spki = spkiOf(fields.publicKey);
  const subjectKeyIdentifier = fields.subjectKeyIdentifier ?? keyIdentifier(spki);
  const issuer = describeIssuer(fields.issuer, signer, spki, subjectKeyIdentifier);
  const serial =
    fields.serialNumber === undefined ? randomSerialNumber() : checkSerialNumber(fields.serialNumber);
  const notBefore = Number(fields.notBefore);
  const notAfter = Number(fields.notAfter);

  const writer = new DerWriter(1024 + spki.length);
  writer.sequence(() => {
    writer.constructed(contextConstructed(0), () => writer.integer(2));
    writer.integer(serial);
    writer.raw(signatureAlgorithmDetails(signer.algorithm).identifier);
    writer.raw(issuer.name.der);
    writer.sequence(() => {
      writer.time(notBefore);
      writer.time(notAfter);
    });
    writer.raw(subject.der);
    writer.raw(spki);
    writer.constructed(contextConstructed(3), () => {
      writer.sequence(() => {
        const extensions = new ExtensionWriter(writer);
        extensions.add(OID.subjectKeyIdentifier, false, () => writer.octetString(subjectKeyIdentifier));
        extensions.add(OID.authorityKeyIdentifier, false, () => {
          writer.sequence(() => writer.octetString(issuer.keyIdentifier, contextPrimitive(0)));
        });
        extensions.addFields(fields, subject.empty);
      });
    });
  });
  return writer.finish();
}

function describeIssuer(
  issuer: Name | Certificate | string,
  signer: Pick<Signer, 'publicKey'>,
  subjectSpki: Buffer,
  subjectKeyIdentifier: Uint8Array,
): { name: Name; keyIdentifier: Uint8Array } {
  const signerSpki = spkiOf(signer.publicKey);
  if (!(issuer instanceof Certificate)) {
    const name = typeof issuer === 'string' ? Name.parse(issuer) : issuer;
    const own = signerSpki.equals(subjectSpki);
    return { name, keyIdentifier: own ? subjectKeyIdentifier : keyIdentifier(signerSpki) };
  }
  if (!issuer.subjectPublicKeyInfo.equals(signerSpki)) {
    throw new X509Error('issue_invalid', "the issuer's certificate is not for the signer's key", 'issuer');
  }
  return { name: issuer.subject, keyIdentifier: issuer.subjectKeyIdentifier ?? keyIdentifier(signerSpki) };
}
