/** Writes OCSP responses field by field, sound and broken ones. */
import { hash, sign } from 'node:crypto';
import { type Certificate, DerReader, type DerWriter, encodeDer, TAG } from '@mortise/x509';
import type { Holder } from './authorities.ts';
import { type Field, sequence, sha256 } from './raw-crl.ts';

const SHA1 = '1.3.14.3.2.26';
const BASIC = '1.3.6.1.5.5.7.48.1.1';

export interface RawSingleResponse {
  readonly about: Certificate;
  readonly by: Certificate;
  /** Default good. */
  readonly status?: Field;
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly extensions?: readonly Field[];
}

export interface RawResponse {
  /** responseStatus; any but 0 ends the response there. */
  readonly responseStatus?: number;
  readonly responseType?: string;
  readonly signer: Holder;
  readonly writesVersion?: boolean;
  readonly byKey?: boolean;
  readonly producedAt: number;
  readonly responses: readonly RawSingleResponse[];
  readonly extensions?: readonly Field[];
  readonly certificates?: readonly Certificate[];
  readonly signature?: Uint8Array;
  /** In place of the whole of ResponseData. */
  readonly responseData?: Field;
}

export const good: Field = (writer) => writer.primitive(0x80, Buffer.alloc(0));
export const unknown: Field = (writer) => writer.primitive(0x82, Buffer.alloc(0));

export function revoked(at: number, reason?: number): Field {
  return (writer) =>
    writer.constructed(0xa1, () => {
      writer.time(at, 'generalized');
      if (reason !== undefined) writer.constructed(0xa0, () => writer.integer(reason, TAG.enumerated));
    });
}

export function rawOcspResponse(response: RawResponse): Buffer {
  const { responseStatus = 0, responseType = BASIC } = response;
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.integer(responseStatus, TAG.enumerated);
      if (responseStatus !== 0) return;
      writer.constructed(0xa0, () => {
        writer.sequence(() => {
          writer.oid(responseType);
          writer.octetString(encodeDer((inner) => writeBasic(inner, response)));
        });
      });
    });
  });
}

function writeBasic(writer: DerWriter, response: RawResponse): void {
  const tbs = encodeDer(response.responseData ?? responseData(response));
  const { certificates = [], signer } = response;
  writer.sequence(() => {
    writer.raw(tbs);
    sha256(writer);
    writer.bitString(response.signature ?? sign('sha256', tbs, signer.keys.privateKey));
    if (certificates.length === 0) return;
    writer.constructed(0xa0, () => {
      writer.sequence(() => {
        for (const { der } of certificates) writer.raw(der);
      });
    });
  });
}

function responseData({ signer, ...response }: RawResponse): Field {
  return (writer) => {
    writer.sequence(() => {
      if (response.writesVersion) writer.constructed(0xa0, () => writer.integer(0));
      if (response.byKey) writer.constructed(0xa2, () => writer.octetString(keyHash(signer.certificate)));
      else writer.constructed(0xa1, () => writer.raw(signer.certificate.subject.der));
      writer.time(response.producedAt, 'generalized');
      sequence(...response.responses.map(singleResponse))(writer);
      writeExtensions(writer, response.extensions);
    });
  };
}

function singleResponse({ about, by, status = good, ...single }: RawSingleResponse): Field {
  return (writer) => {
    writer.sequence(() => {
      writer.sequence(() => {
        writer.sequence(() => writer.oid(SHA1));
        writer.octetString(hash('sha1', by.subject.der, 'buffer'));
        writer.octetString(keyHash(by));
        writer.integer(about.serialBytes);
      });
      status(writer);
      writer.time(single.thisUpdate, 'generalized');
      const { nextUpdate } = single;
      if (nextUpdate !== undefined) writer.constructed(0xa0, () => writer.time(nextUpdate, 'generalized'));
      writeExtensions(writer, single.extensions);
    });
  };
}

function writeExtensions(writer: DerWriter, extensions: readonly Field[] = []): void {
  if (extensions.length > 0) writer.constructed(0xa1, () => sequence(...extensions)(writer));
}

function keyHash({ subjectPublicKeyInfo }: Certificate): Buffer {
  const reader = new DerReader(subjectPublicKeyInfo, 'spki').sequence();
  reader.element();
  return hash('sha1', reader.wholeBitString(), 'buffer');
}
