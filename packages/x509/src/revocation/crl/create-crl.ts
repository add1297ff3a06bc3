import { DerWriter, encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { contextConstructed, contextPrimitive, TAG } from '../../asn1/tags.ts';
import { Certificate } from '../../certificates/certificate.ts';
import { X509Error } from '../../errors.ts';
import type { RawExtension } from '../../issuing/extension-fields.ts';
import { signStructure } from '../../issuing/sign-structure.ts';
import { signatureAlgorithmDetails } from '../../keys/signature-algorithms.ts';
import type { Signer } from '../../keys/signer.ts';
import { keyIdentifier, spkiOf } from '../../keys/spki.ts';
import { Name } from '../../names/name.ts';
import { CertificateRevocationList } from './certificate-revocation-list.ts';
import {
  type CrlEntryFields,
  type IssuingDistributionPointFields,
  writeCrlEntry,
  writeExtension,
  writeIssuingDistributionPoint,
} from './crl-fields.ts';
import { CHUNK } from './entry-table.ts';

/** Times are Dates or epoch milliseconds; fractions of a second are dropped. */
export interface CrlTimes {
  readonly thisUpdate: Date | number;
  readonly nextUpdate: Date | number;
  /** Greater than that of every CRL of the same scope before (RFC 5280 §5.2.3). */
  readonly crlNumber: number | bigint;
}

/** What a new CRL holds. */
export interface CrlFields extends CrlTimes {
  /** The issuer's certificate, whose subject and subjectKeyIdentifier are taken; or its name, with the signer's key. */
  readonly issuer: Certificate | Name | string;
  readonly entries: Iterable<CrlEntryFields>;
  /** Makes a delta CRL: the number of the complete CRL on which it builds (§5.2.4). */
  readonly deltaBase?: number | bigint;
  readonly issuingDistributionPoint?: IssuingDistributionPointFields;
  /** URIs at which delta CRLs are found (§5.2.6). */
  readonly freshestCrl?: readonly string[];
  readonly extensions?: readonly RawExtension[];
}

/**
 * Makes a version 2 CRL and signs it through the port; authorityKeyIdentifier is added by itself. Lets others run while it writes many entries.
 * To add to a large one, see {@link extendCrl}. Throws `issue_invalid` for fields that cannot be encoded.
 */
export async function createCrl(fields: CrlFields, signer: Signer): Promise<CertificateRevocationList> {
  const { issuer } = fields;
  let name: Name;
  if (typeof issuer === 'string') name = Name.parse(issuer);
  else name = issuer instanceof Certificate ? issuer.subject : issuer;
  const identifier =
    issuer instanceof Certificate && issuer.subjectKeyIdentifier !== undefined
      ? issuer.subjectKeyIdentifier
      : keyIdentifier(spkiOf(signer.publicKey));
  const entries = await encodeEntries(fields.entries, fields.deltaBase !== undefined);
  const extensions = encodeDer((writer) => {
    writer.sequence(() => {
      writeExtension(writer, OID.authorityKeyIdentifier, false, () => {
        writer.sequence(() => writer.octetString(identifier, contextPrimitive(0)));
      });
      writeCrlNumber(writer, fields.crlNumber);
      writeScope(writer, fields);
      for (const { oid, critical, value } of fields.extensions ?? []) {
        writeExtension(writer, oid, critical === true, () => writer.raw(value));
      }
    });
  });
  const tbs = assembleTbsCertList(name, fields, signer, [entries], extensions);
  return await CertificateRevocationList.load(await signStructure(tbs, signer));
}

/**
 * Makes the successor of a complete CRL with more entries: the old ones and the index are copied as they are, so that adding one to a million
 * takes a fraction of a second. The other extensions stay as they were. Throws `issue_invalid` for a delta or indirect CRL.
 */
export async function extendCrl(
  previous: CertificateRevocationList,
  fields: CrlTimes & { readonly entries: Iterable<CrlEntryFields> },
  signer: Signer,
): Promise<CertificateRevocationList> {
  const { table } = previous.revoked;
  if (previous.deltaBase !== undefined || table.issuerOf !== undefined) {
    throw new X509Error('issue_invalid', 'only a complete CRL for one issuer is extended', 'previous');
  }
  const { crlNumber } = fields;
  if (previous.crlNumber !== undefined && BigInt(crlNumber) <= previous.crlNumber) {
    throw new X509Error('issue_invalid', 'the number of a CRL is above that of the one before', 'crlNumber');
  }
  const added = await encodeEntries(fields.entries, false);
  const extensions = encodeDer((writer) => {
    writer.sequence(() => {
      for (const { oid, critical, value } of previous.extensions) {
        if (oid !== OID.cRLNumber) writeExtension(writer, oid, critical, () => writer.raw(value));
      }
      writeCrlNumber(writer, crlNumber);
    });
  });
  const old = table.bytes.subarray(table.start, table.end);
  const tbs = assembleTbsCertList(previous.issuer, fields, signer, [old, added], extensions);
  return CertificateRevocationList.extending(previous, await signStructure(tbs, signer));
}

async function encodeEntries(entries: Iterable<CrlEntryFields>, delta: boolean): Promise<Buffer> {
  const writer = new DerWriter(1024);
  let issuer: Name | undefined;
  let count = 0;
  for (const entry of entries) {
    const { certificateIssuer } = entry;
    const marked = certificateIssuer !== undefined && issuer?.equals(certificateIssuer) !== true;
    if (certificateIssuer === undefined && issuer !== undefined) {
      throw new X509Error('issue_invalid', 'an entry without an issuer follows one with another', 'entries');
    }
    if (entry.reason === 'removeFromCRL' && !delta) {
      throw new X509Error('issue_invalid', 'removeFromCRL is for delta CRLs alone', 'entries');
    }
    writeCrlEntry(writer, entry, marked);
    issuer = certificateIssuer;
    if (++count % CHUNK === 0) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }
  return writer.finish();
}

function writeCrlNumber(writer: DerWriter, crlNumber: number | bigint): void {
  if (BigInt(crlNumber) < 0n || BigInt(crlNumber) >= 1n << 159n) {
    throw new X509Error('issue_invalid', 'a CRL number has at most 20 octets', 'crlNumber');
  }
  writeExtension(writer, OID.cRLNumber, false, () => writer.integer(crlNumber));
}

function writeScope(writer: DerWriter, fields: CrlFields): void {
  const { deltaBase, issuingDistributionPoint, freshestCrl } = fields;
  if (deltaBase !== undefined) {
    writeExtension(writer, OID.deltaCRLIndicator, true, () => writer.integer(deltaBase));
  }
  if (issuingDistributionPoint !== undefined) {
    writeExtension(writer, OID.issuingDistributionPoint, true, () =>
      writeIssuingDistributionPoint(writer, issuingDistributionPoint),
    );
  }
  if (freshestCrl === undefined || freshestCrl.length === 0) return;
  writeExtension(writer, OID.freshestCRL, false, () => {
    writer.sequence(() => {
      for (const uri of freshestCrl) {
        writer.sequence(() => {
          writer.constructed(contextConstructed(0), () => {
            writer.constructed(contextConstructed(0), () => writer.string(contextPrimitive(6), uri));
          });
        });
      }
    });
  });
}

/** The TBSCertList around entries that are encoded already. */
function assembleTbsCertList(
  issuer: Name,
  times: CrlTimes,
  signer: Signer,
  entries: readonly Buffer[],
  extensions: Buffer,
): Buffer {
  let octets = extensions.length + issuer.der.length + 256;
  let entryOctets = 0;
  for (const part of entries) entryOctets += part.length;
  octets += entryOctets;
  const writer = new DerWriter(octets);
  writer.sequence(() => {
    writer.integer(1);
    writer.raw(signatureAlgorithmDetails(signer.algorithm).identifier);
    writer.raw(issuer.der);
    writer.time(Number(times.thisUpdate));
    writer.time(Number(times.nextUpdate));
    if (entryOctets > 0) {
      writer.constructed(TAG.sequence, () => {
        for (const part of entries) writer.raw(part);
      });
    }
    writer.constructed(contextConstructed(0), () => writer.raw(extensions));
  });
  return writer.finish();
}
