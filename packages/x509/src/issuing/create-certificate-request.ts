import { DerWriter } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed, TAG } from '../asn1/tags.ts';
import { CertificateRequest } from '../certificates/certificate-request.ts';
import type { Signer } from '../keys/signer.ts';
import { spkiOf } from '../keys/spki.ts';
import { Name } from '../names/name.ts';
import { type ExtensionFields, encodeExtensions } from './extension-fields.ts';
import { signStructure } from './sign-structure.ts';

/** What a certificate request asks for. */
export interface CertificateRequestFields extends ExtensionFields {
  /** A Name, or RFC 4514. May be empty where `subjectAltName` says who it is. */
  readonly subject: Name | string;
  /** Signs with the key to be certified. */
  readonly signer: Signer;
}

/** Makes a PKCS #10 request (RFC 2986) with the extensions in an extensionRequest attribute (RFC 2985 §5.4.2). Throws `issue_invalid`. */
export async function createCertificateRequest(
  fields: CertificateRequestFields,
): Promise<CertificateRequest> {
  const { signer } = fields;
  const subject = typeof fields.subject === 'string' ? Name.parse(fields.subject) : fields.subject;
  const extensions = encodeExtensions(fields, subject.empty);
  const writer = new DerWriter();
  writer.sequence(() => {
    writer.integer(0);
    writer.raw(subject.der);
    writer.raw(spkiOf(signer.publicKey));
    writer.constructed(contextConstructed(0), () => {
      if (extensions === undefined) return;
      writer.sequence(() => {
        writer.oid(OID.extensionRequest);
        writer.constructed(TAG.set, () => writer.raw(extensions));
      });
    });
  });
  return CertificateRequest.parse(await signStructure(writer.finish(), signer));
}
