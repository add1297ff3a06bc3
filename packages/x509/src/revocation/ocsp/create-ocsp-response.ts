import { hash } from 'node:crypto';
import { type DerWriter, encodeDer } from '../../asn1/der-writer.ts';
import { contextConstructed, contextPrimitive, TAG } from '../../asn1/tags.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import { X509Error } from '../../errors.ts';
import { signatureAlgorithmDetails } from '../../keys/signature-algorithms.ts';
import type { Signer } from '../../keys/signer.ts';
import { spkiOf } from '../../keys/spki.ts';
import type { Name } from '../../names/name.ts';
import { writeExtension } from '../crl/crl-fields.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../crl/reason.ts';
import { type CertificateId, publicKeyOctets, writeCertificateId } from './certificate-id.ts';
import { OCSP_OID } from './object-identifiers.ts';
import { OCSP_RESPONSE_STATUSES, type OcspResponseStatus } from './ocsp-response.ts';

/** The answer about one certificate. Times are Dates or epoch milliseconds; fractions of a second are dropped (RFC 5019 §2.2.4). */
export interface SingleResponseFields {
  readonly id: CertificateId;
  readonly status:
    | 'good'
    | 'unknown'
    | { readonly revokedAt: Date | number; readonly reason?: RevocationReason | undefined };
  readonly thisUpdate: Date | number;
  /** Default: none, which says that there is always something newer. */
  readonly nextUpdate?: Date | number | undefined;
}

/** What a new OCSP response holds (RFC 6960 §4.2.1). Times are Dates or epoch milliseconds; fractions of a second are dropped. */
export interface OcspResponseFields {
  /** At least one. */
  readonly responses: readonly SingleResponseFields[];
  readonly producedAt: Date | number;
  /** Default: by the SHA-1 of the signer's key; or by this name. */
  readonly responder?: Name;
  /** The request's nonce, to be repeated. */
  readonly nonce?: Uint8Array | undefined;
  /** Certificates to send along: that of a delegated responder. */
  readonly certificates?: readonly Certificate[];
}

/** DER of a signed, successful response (RFC 6960 §4.2.1). Throws `issue_invalid`; what the signer throws passes through. */
export async function createOcspResponse(fields: OcspResponseFields, signer: Signer): Promise<Buffer> {
  if (fields.responses.length === 0)
    throw new X509Error('issue_invalid', 'there is nothing to answer', 'responses');
  const tbs = encodeDer((writer) => writeResponseData(writer, fields, signer));
  const signature = await signer.sign(tbs);
  if (!(signature instanceof Uint8Array) || signature.length === 0) {
    throw new X509Error('signing_failed', 'the signer gave no signature', 'signer');
  }
  const { certificates = [] } = fields;
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.integer(0, TAG.enumerated);
      writer.constructed(contextConstructed(0), () => {
        writer.sequence(() => {
          writer.oid(OCSP_OID.basicResponse);
          writer.constructed(TAG.octetString, () => {
            writer.sequence(() => {
              writer.raw(tbs);
              writer.raw(signatureAlgorithmDetails(signer.algorithm).identifier);
              writer.bitString(signature);
              if (certificates.length === 0) return;
              writer.constructed(contextConstructed(0), () => {
                writer.sequence(() => {
                  for (const certificate of certificates) writer.raw(certificate.der);
                });
              });
            });
          });
        });
      });
    });
  });
}

/** DER of a response that says that there is no answer; it is not signed. */
export function createOcspError(status: Exclude<OcspResponseStatus, 'successful'>): Buffer {
  return encodeDer((writer) => {
    writer.sequence(() => writer.integer(OCSP_RESPONSE_STATUSES.indexOf(status), TAG.enumerated));
  });
}

function writeResponseData(writer: DerWriter, fields: OcspResponseFields, signer: Signer): void {
  const { responder, nonce } = fields;
  writer.sequence(() => {
    if (responder !== undefined) {
      writer.constructed(contextConstructed(1), () => writer.raw(responder.der));
    } else {
      const keyHash = hash('sha1', publicKeyOctets(spkiOf(signer.publicKey)), 'buffer');
      writer.constructed(contextConstructed(2), () => writer.octetString(keyHash));
    }
    writer.time(Number(fields.producedAt), 'generalized');
    writer.sequence(() => {
      for (const single of fields.responses) writeSingleResponse(writer, single);
    });
    if (nonce === undefined) return;
    writer.constructed(contextConstructed(1), () => {
      writer.sequence(() => writeExtension(writer, OCSP_OID.nonce, false, () => writer.octetString(nonce)));
    });
  });
}

function writeSingleResponse(writer: DerWriter, single: SingleResponseFields): void {
  const { status, nextUpdate } = single;
  writer.sequence(() => {
    writeCertificateId(writer, single.id);
    if (status === 'good') writer.primitive(contextPrimitive(0), Buffer.alloc(0));
    else if (status === 'unknown') writer.primitive(contextPrimitive(2), Buffer.alloc(0));
    else {
      writer.constructed(contextConstructed(1), () => {
        writer.time(Number(status.revokedAt), 'generalized');
        const { reason } = status;
        if (reason === undefined || reason === 'unspecified') return;
        writer.constructed(contextConstructed(0), () =>
          writer.integer(REVOCATION_REASONS.indexOf(reason), TAG.enumerated),
        );
      });
    }
    writer.time(Number(single.thisUpdate), 'generalized');
    if (nextUpdate !== undefined) {
      writer.constructed(contextConstructed(0), () => writer.time(Number(nextUpdate), 'generalized'));
    }
  });
}
