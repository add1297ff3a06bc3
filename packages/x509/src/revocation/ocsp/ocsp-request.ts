import { asBuffer, DerReader } from '../../asn1/der-reader.ts';
import { encodeDer } from '../../asn1/der-writer.ts';
import { contextConstructed, TAG } from '../../asn1/tags.ts';
import { Certificate } from '../../certificates/certificate.ts';
import type { Extension } from '../../certificates/extension.ts';
import { X509Error } from '../../errors.ts';
import {
  type CertificateId,
  type CertificateIdHash,
  certificateId,
  type IssuerIdentity,
  readCertificateId,
  writeCertificateId,
} from './certificate-id.ts';
import { OCSP_OID } from './object-identifiers.ts';
import { readExplicitExtensions } from './ocsp-response.ts';

/** Largest request that is read, in octets: 64 Ki. */
export const MAX_OCSP_REQUEST_OCTETS = 64 * 1024;
/** Most certificates that one request may ask for. */
export const MAX_REQUESTED_CERTIFICATES = 256;

/** A request for the status of certificates (RFC 6960 §4.1). A signature on it is passed over. */
export class OcspRequest {
  readonly ids: readonly CertificateId[];
  /** RFC 9654: 1 to 128 octets; undefined if none came, or one of no use. */
  readonly nonce: Buffer | undefined;
  readonly extensions: readonly Extension[];
  /** Those of the requests for single certificates, of all of them in their order. */
  readonly singleExtensions: readonly Extension[];

  private constructor(
    ids: readonly CertificateId[],
    nonce: Buffer | undefined,
    extensions: readonly Extension[],
    singleExtensions: readonly Extension[],
  ) {
    this.ids = ids;
    this.nonce = nonce;
    this.extensions = extensions;
    this.singleExtensions = singleExtensions;
  }

  /** Parses DER. Throws X509Error; bounded by {@link MAX_OCSP_REQUEST_OCTETS} and {@link MAX_REQUESTED_CERTIFICATES}. */
  static parse(input: Uint8Array): OcspRequest {
    if (input.length > MAX_OCSP_REQUEST_OCTETS) {
      throw new X509Error('der_too_large', 'the request is too large', 'ocspRequest', 0);
    }
    const outer = new DerReader(asBuffer(input), '');
    const request = outer.sequence('ocspRequest');
    outer.end();
    const tbs = request.sequence('tbsRequest');
    if (!request.done) request.element('optionalSignature', contextConstructed(0));
    request.end();
    const version = tbs.optional(contextConstructed(0), 'version');
    if (version !== undefined && version.smallInteger() !== 0) {
      throw version.error('ocsp_invalid', 'the version is not 1');
    }
    tbs.optional(contextConstructed(1), 'requestorName');
    const list = tbs.sequence('requestList');
    const ids: CertificateId[] = [];
    const singleExtensions: Extension[] = [];
    do {
      if (ids.length === MAX_REQUESTED_CERTIFICATES) {
        throw list.error('der_too_large', 'the request asks for too many certificates');
      }
      const single = list.sequence('Request');
      ids.push(readCertificateId(single));
      singleExtensions.push(...readExplicitExtensions(single, 0, 'singleRequestExtensions'));
      single.end();
    } while (!list.done);
    const extensions = readExplicitExtensions(tbs, 2, 'requestExtensions');
    tbs.end();
    return new OcspRequest(ids, readNonce(extensions), extensions, singleExtensions);
  }
}

function readNonce(extensions: readonly Extension[]): Buffer | undefined {
  const nonce = extensions
    .find(({ oid }) => oid === OCSP_OID.nonce)
    ?.decode((reader) => reader.octetString(), 'requestExtensions.nonce');
  return nonce === undefined || nonce.length === 0 || nonce.length > 128 ? undefined : nonce;
}

/** What a new OCSP request asks for (RFC 6960 §4.1.1). */
export interface OcspRequestFields {
  /** Certificates by one issuer, parsed; at least one. */
  readonly certificates: readonly Certificate[];
  readonly issuer: IssuerIdentity;
  /** 1 to 128 octets (RFC 9654); default none, so that answers can be cached. */
  readonly nonce?: Uint8Array;
  /** Default SHA-1, which every responder knows. */
  readonly hash?: CertificateIdHash;
}

/** DER of an unsigned request. Throws `issue_invalid`. */
export function createOcspRequest({ certificates, issuer, nonce, hash = 'sha1' }: OcspRequestFields): Buffer {
  if (certificates.length === 0 || !certificates.every((certificate) => certificate instanceof Certificate)) {
    throw new X509Error('issue_invalid', 'a request needs parsed certificates', 'certificates');
  }
  if (nonce !== undefined && (nonce.length === 0 || nonce.length > 128)) {
    throw new X509Error('issue_invalid', 'a nonce has 1 to 128 octets', 'nonce');
  }
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.sequence(() => {
        writer.sequence(() => {
          for (const { serialBytes } of certificates) {
            writer.sequence(() => writeCertificateId(writer, certificateId(serialBytes, issuer, hash)));
          }
        });
        if (nonce === undefined) return;
        writer.constructed(contextConstructed(2), () => {
          writer.sequence(() => {
            writer.sequence(() => {
              writer.oid(OCSP_OID.nonce);
              writer.constructed(TAG.octetString, () => writer.octetString(nonce));
            });
          });
        });
      });
    });
  });
}
