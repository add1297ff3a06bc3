import { sign } from 'node:crypto';
import { Certificate, DerReader, encodeDer, TAG } from '@mortise/x509';
import type { KeyPair } from './authorities.ts';

const ECDSA_WITH_SHA1 = '1.2.840.10045.4.1';

/** The same certificate with a signature by ECDSA with SHA-1 over what says so. */
export function signWithSha1(certificate: Certificate, { privateKey }: KeyPair): Certificate {
  const fields = new DerReader(certificate.tbsCertificate, 'tbs').sequence();
  const version = fields.element();
  const serialNumber = fields.element();
  fields.element();
  const rest: Buffer[] = [];
  while (!fields.done) rest.push(fields.element());
  const algorithm = encodeDer((writer) => writer.sequence(() => writer.oid(ECDSA_WITH_SHA1)));
  const tbs = encodeDer((writer) => {
    writer.constructed(TAG.sequence, () => {
      for (const field of [version, serialNumber, algorithm, ...rest]) writer.raw(field);
    });
  });
  return Certificate.parse(
    encodeDer((writer) => {
      writer.sequence(() => {
        writer.raw(tbs);
        writer.raw(algorithm);
        writer.bitString(sign('sha1', tbs, privateKey));
      });
    }),
  );
}
