import { sign } from 'node:crypto';
import { type DerWriter, encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { contextConstructed } from '../../asn1/tags.ts';
import type { RawExtension } from '../../issuing/extension-fields.ts';
import { Name } from '../../names/name.ts';
import { type KeyPair, NOW } from '../../path/testing/test-authority.ts';
import { writeExtension } from '../crl/crl-fields.ts';

/** Fields of a CRL that nobody should issue. */
export interface RawCrlFields {
  readonly issuer?: string;
  /** What the version says; absent: no version. Default 1, which is version 2. */
  readonly version?: number | 'absent';
  readonly innerAlgorithm?: string;
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | 'absent';
  readonly generalizedTimes?: boolean;
  /** Writes the entries; default none, without a list. */
  readonly entries?: (writer: DerWriter) => void;
  readonly extensions?: readonly RawExtension[];
  /** Writes something after everything else. */
  readonly trailer?: (writer: DerWriter) => void;
}

/** One entry as it stands. */
export function rawEntry(
  writer: DerWriter,
  serial: Uint8Array,
  extensions: readonly RawExtension[] = [],
  date = (): void => writer.time(NOW - 5000),
): void {
  writer.sequence(() => {
    writer.integer(serial);
    date();
    if (extensions.length === 0) return;
    writer.sequence(() => {
      for (const { oid, critical, value } of extensions) {
        writeExtension(writer, oid, critical === true, () => writer.raw(value));
      }
    });
  });
}

/** Signs whatever the fields say with an EC key; DER. */
export function rawCrl(fields: RawCrlFields, keys: KeyPair): Buffer {
  const { version = 1, nextUpdate = NOW + 86_400_000, extensions = [], entries, generalizedTimes } = fields;
  const always = generalizedTimes ? 'generalized' : undefined;
  const tbs = encodeDer((writer) => {
    writer.sequence(() => {
      if (version !== 'absent') writer.integer(version);
      writer.sequence(() => writer.oid(fields.innerAlgorithm ?? OID.ecdsaWithSha256));
      writer.raw(Name.parse(fields.issuer ?? 'CN=CA').der);
      writer.time(fields.thisUpdate ?? NOW - 86_400_000, always);
      if (nextUpdate !== 'absent') writer.time(nextUpdate, always);
      if (entries !== undefined) writer.sequence(() => entries(writer));
      if (extensions.length > 0) {
        writer.constructed(contextConstructed(0), () => {
          writer.sequence(() => {
            for (const { oid, critical, value } of extensions) {
              writeExtension(writer, oid, critical === true, () => writer.raw(value));
            }
          });
        });
      }
      fields.trailer?.(writer);
    });
  });
  const signature = sign('sha256', tbs, keys.privateKey);
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.raw(tbs);
      writer.sequence(() => writer.oid(OID.ecdsaWithSha256));
      writer.bitString(signature);
    });
  });
}
