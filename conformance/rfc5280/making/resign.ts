/** Changes certificates in ways in which nobody should issue them, and signs them anew. */
import { sign } from 'node:crypto';
import { Certificate, DerReader, encodeDer } from '@mortise/x509';
import type { KeyPair } from './authorities.ts';

const ECDSA_WITH_SHA1 = '1.2.840.10045.4.1';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** The certificate with a signature by ECDSA with SHA-1 over what says so. */
export function signWithSha1(certificate: Certificate, keys: KeyPair): Certificate {
  const algorithm = algorithmIdentifier(ECDSA_WITH_SHA1);
  const [version, serialNumber, , ...rest] = fieldsOf(certificate);
  return signed([version!, serialNumber!, algorithm, ...rest], algorithm, 'sha1', keys);
}

/** The certificate as one of version 1, without extensions. */
export function asVersion1(certificate: Certificate, keys: KeyPair): Certificate {
  const fields = fieldsOf(certificate).slice(1, -1);
  return signed(fields, algorithmIdentifier(ECDSA_WITH_SHA256), 'sha256', keys);
}

function fieldsOf(certificate: Certificate): Buffer[] {
  const reader = new DerReader(certificate.tbsCertificate, 'tbs').sequence();
  const fields: Buffer[] = [];
  while (!reader.done) fields.push(reader.element());
  return fields;
}

function algorithmIdentifier(oid: string): Buffer {
  return encodeDer((writer) => writer.sequence(() => writer.oid(oid)));
}

function signed(fields: readonly Buffer[], algorithm: Buffer, hash: string, { privateKey }: KeyPair) {
  const tbs = encodeDer((writer) => {
    writer.sequence(() => {
      for (const field of fields) writer.raw(field);
    });
  });
  return Certificate.parse(
    encodeDer((writer) => {
      writer.sequence(() => {
        writer.raw(tbs);
        writer.raw(algorithm);
        writer.bitString(sign(hash, tbs, privateKey));
      });
    }),
  );
}
