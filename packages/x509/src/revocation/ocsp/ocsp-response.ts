import { asBuffer, DerReader } from '../../asn1/der-reader.ts';
import { contextConstructed, contextPrimitive, TAG } from '../../asn1/tags.ts';
import { type Extension, readExtensions } from '../../certificates/extension.ts';
import { X509Error } from '../../errors.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../../keys/algorithm-identifier.ts';
import { Name } from '../../names/name.ts';
import { type RevocationReason, revocationReason } from '../crl/reason.ts';
import { type CertificateId, readCertificateId } from './certificate-id.ts';
import { OCSP_OID } from './object-identifiers.ts';

/** Largest response that is read, in octets: 1 Mi. */
export const MAX_OCSP_RESPONSE_OCTETS = 1024 * 1024;
/** Most single responses in one. */
const MAX_RESPONSES = 4096;

/** Statuses of RFC 6960 §4.2.1 by their codes; 4 is not used. */
export const OCSP_RESPONSE_STATUSES = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
] as const;

/** A status of a response by its name in RFC 6960 §4.2.1. */
export type OcspResponseStatus = Exclude<(typeof OCSP_RESPONSE_STATUSES)[number], undefined>;

/** Who answers: by name, or by the SHA-1 of the key (RFC 6960 §4.2.2.3). */
export type ResponderId = { readonly name: Name } | { readonly keyHash: Buffer };

/** The answer about one certificate. Times are epoch milliseconds. */
export interface SingleResponse {
  readonly id: CertificateId;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt: number | undefined;
  readonly reason: RevocationReason | undefined;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly extensions: readonly Extension[];
}

/** A BasicOCSPResponse (RFC 6960 §4.2.1). */
export interface BasicOcspResponse {
  /** DER of the signed part. */
  readonly tbsResponseData: Buffer;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Buffer;
  /** DER of the certificates that came along, unread. */
  readonly certificates: readonly Buffer[];
  readonly responderId: ResponderId;
  /** Epoch milliseconds. */
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  readonly extensions: readonly Extension[];
  readonly nonce: Buffer | undefined;
}

/** An OCSP response. Reading it checks no signature: see `checkRevocation`. */
export class OcspResponse {
  readonly der: Buffer;
  readonly status: OcspResponseStatus;
  /** Present if and only if the status is `successful`. */
  readonly basic: BasicOcspResponse | undefined;

  private constructor(der: Buffer, status: OcspResponseStatus, basic: BasicOcspResponse | undefined) {
    this.der = der;
    this.status = status;
    this.basic = basic;
  }

  /** Parses DER, which is copied. Throws X509Error; bounded by {@link MAX_OCSP_RESPONSE_OCTETS}. */
  static parse(input: Uint8Array): OcspResponse {
    const octets = asBuffer(input);
    if (octets.length > MAX_OCSP_RESPONSE_OCTETS) {
      throw new X509Error('der_too_large', 'the response is too large', 'ocspResponse', 0);
    }
    const der = Buffer.from(octets);
    const outer = new DerReader(der, '');
    const response = outer.sequence('ocspResponse');
    outer.end();
    const status = OCSP_RESPONSE_STATUSES[response.enumerated('responseStatus')];
    if (status === undefined) throw response.error('ocsp_invalid', 'the response status does not exist');
    const explicit = response.optional(contextConstructed(0), 'responseBytes');
    response.end();
    if (status !== 'successful') return new OcspResponse(der, status, undefined);
    if (explicit === undefined) throw response.error('ocsp_invalid', 'a successful response holds no answer');
    const bytes = explicit.sequence();
    explicit.end();
    if (bytes.oid('responseType') !== OCSP_OID.basicResponse) {
      throw bytes.error('ocsp_invalid', 'the type of the response is not known');
    }
    const basic = new DerReader(bytes.octetString('response'), 'basicOcspResponse');
    bytes.end();
    return new OcspResponse(der, status, readBasic(basic));
  }
}

function readBasic(outer: DerReader): BasicOcspResponse {
  const basic = outer.sequence();
  outer.end();
  const tbsResponseData = basic.element('tbsResponseData', TAG.sequence);
  const signatureAlgorithm = readAlgorithmIdentifier(basic, 'signatureAlgorithm');
  const signature = basic.wholeBitString('signature');
  const certificates: Buffer[] = [];
  const explicit = basic.optional(contextConstructed(0), 'certs');
  basic.end();
  if (explicit !== undefined) {
    const list = explicit.sequence();
    explicit.end();
    while (!list.done) certificates.push(list.element('certificate', TAG.sequence));
  }
  const data = readResponseData(new DerReader(tbsResponseData, 'tbsResponseData').sequence());
  return { tbsResponseData, signatureAlgorithm, signature, certificates, ...data };
}

type ResponseData = Pick<
  BasicOcspResponse,
  'responderId' | 'producedAt' | 'responses' | 'extensions' | 'nonce'
>;

function readResponseData(data: DerReader): ResponseData {
  const version = data.optional(contextConstructed(0), 'version');
  if (version !== undefined) {
    // An explicit v1, which DER leaves out, is read.
    if (version.smallInteger() !== 0) throw version.error('ocsp_invalid', 'the version is not 1');
    version.end();
  }
  const responderId = readResponderId(data);
  const producedAt = data.generalizedTime('producedAt');
  const list = data.sequence('responses');
  const responses: SingleResponse[] = [];
  while (!list.done) {
    if (responses.length === MAX_RESPONSES) throw list.error('der_too_large', 'there are too many responses');
    responses.push(readSingleResponse(list.sequence('SingleResponse')));
  }
  const extensions = readExplicitExtensions(data, 1, 'responseExtensions');
  data.end();
  const nonce = extensions
    .find(({ oid }) => oid === OCSP_OID.nonce)
    ?.decode((reader) => reader.octetString(), 'responseExtensions.nonce');
  return { responderId, producedAt, responses, extensions, nonce };
}

function readResponderId(data: DerReader): ResponderId {
  const byName = data.optional(contextConstructed(1), 'responderID');
  if (byName !== undefined) {
    const name = Name.fromDer(byName.element('', TAG.sequence), 'responderID');
    byName.end();
    return { name };
  }
  const byKey = data.constructed(contextConstructed(2), 'responderID');
  const keyHash = byKey.octetString();
  byKey.end();
  return { keyHash };
}

function readSingleResponse(single: DerReader): SingleResponse {
  const id = readCertificateId(single);
  const status = readStatus(single);
  const thisUpdate = single.generalizedTime('thisUpdate');
  const next = single.optional(contextConstructed(0), 'nextUpdate');
  const nextUpdate = next?.generalizedTime();
  next?.end();
  const extensions = readExplicitExtensions(single, 1, 'singleExtensions');
  single.end();
  return { id, ...status, thisUpdate, nextUpdate, extensions };
}

function readStatus(single: DerReader): Pick<SingleResponse, 'status' | 'revokedAt' | 'reason'> {
  const tag = single.peek();
  if (tag === contextPrimitive(0) || tag === contextPrimitive(2)) {
    if (single.content(tag, 'certStatus').length > 0)
      throw single.error('ocsp_invalid', 'a NULL has content');
    return {
      status: tag === contextPrimitive(0) ? 'good' : 'unknown',
      revokedAt: undefined,
      reason: undefined,
    };
  }
  const revoked = single.constructed(contextConstructed(1), 'certStatus');
  const revokedAt = revoked.generalizedTime('revocationTime');
  const explicit = revoked.optional(contextConstructed(0), 'revocationReason');
  revoked.end();
  if (explicit === undefined) return { status: 'revoked', revokedAt, reason: undefined };
  const reason = revocationReason(explicit.enumerated());
  explicit.end();
  if (reason === undefined) throw explicit.error('ocsp_invalid', 'the reason does not exist');
  return { status: 'revoked', revokedAt, reason };
}

export function readExplicitExtensions(reader: DerReader, tag: number, name: string): Extension[] {
  const explicit = reader.optional(contextConstructed(tag), name);
  if (explicit === undefined) return [];
  const sequence = explicit.sequence();
  explicit.end();
  return readExtensions(sequence);
}
