import { sign } from 'node:crypto';
import { type DerWriter, encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { contextConstructed, contextPrimitive, TAG } from '../../asn1/tags.ts';
import { Certificate } from '../../certificates/certificate.ts';
import type { RawExtension } from '../../issuing/extension-fields.ts';
import { spkiOf } from '../../keys/spki.ts';
import { Name } from '../../names/name.ts';
import { type KeyPair, NOW, p256 } from './test-authority.ts';

/** Fields of a certificate that nobody should issue. */
export interface RawFields {
  readonly version?: 1 | 3;
  /** Content octets. */
  readonly serial?: Uint8Array;
  readonly issuer?: string;
  readonly subject?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly spki?: Uint8Array;
  readonly extensions?: readonly RawExtension[];
  /** Default ecdsa-with-SHA256 inside and outside. */
  readonly innerAlgorithm?: string;
  readonly outerAlgorithm?: string;
  readonly hash?: string;
}

/** Signs whatever the fields say with an EC key. */
export function rawCertificate(fields: RawFields, issuerKeys: KeyPair): Certificate {
  const inner = fields.innerAlgorithm ?? OID.ecdsaWithSha256;
  const tbs = encodeDer((writer) => writeTbs(writer, fields, inner));
  const signature = sign(fields.hash ?? 'sha256', tbs, issuerKeys.privateKey);
  return Certificate.parse(
    encodeDer((writer) => {
      writer.sequence(() => {
        writer.raw(tbs);
        writer.sequence(() => writer.oid(fields.outerAlgorithm ?? inner));
        writer.bitString(signature);
      });
    }),
  );
}

function writeTbs(writer: DerWriter, fields: RawFields, inner: string): void {
  const { version = 3, extensions = [] } = fields;
  writer.sequence(() => {
    if (version === 3) writer.constructed(contextConstructed(0), () => writer.integer(2));
    writer.primitive(TAG.integer, fields.serial ?? Buffer.of(1, 2, 3));
    writer.sequence(() => writer.oid(inner));
    writer.raw(Name.parse(fields.issuer ?? 'CN=Root').der);
    writer.sequence(() => {
      writer.time(fields.notBefore ?? NOW - 86_400_000);
      writer.time(fields.notAfter ?? NOW + 86_400_000);
    });
    writer.raw(Name.parse(fields.subject ?? 'CN=Leaf').der);
    writer.raw(fields.spki ?? spkiOf(p256().publicKey));
    if (version === 1 || extensions.length === 0) return;
    writer.constructed(contextConstructed(3), () => {
      writer.sequence(() => {
        for (const { oid, critical, value } of extensions) {
          writer.sequence(() => {
            writer.oid(oid);
            if (critical) writer.boolean(true);
            writer.octetString(value);
          });
        }
      });
    });
  });
}

/** An authorityKeyIdentifier with this key identifier. */
export function authorityKeyIdentifier(identifier: Uint8Array): RawExtension {
  const value = encodeDer((writer) => {
    writer.sequence(() => writer.octetString(identifier, contextPrimitive(0)));
  });
  return { oid: OID.authorityKeyIdentifier, value };
}
