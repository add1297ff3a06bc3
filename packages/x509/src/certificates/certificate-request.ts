import type { KeyObject } from 'node:crypto';
import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed, TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import { importPublicKey, type PublicKeyInfo, readPublicKeyInfo } from '../keys/public-key.ts';
import { verifySignature, verifySignatureOnThread } from '../keys/verify-signature.ts';
import { Name } from '../names/name.ts';
import { encodePem, isPem, parsePem } from '../pem/pem.ts';
import { DecodedExtensions } from './decoded-extensions.ts';
import { type Extension, readExtensions } from './extension.ts';
import { type Attribute, readAttributes } from './extensions/subject-directory-attributes.ts';

/** Largest request that is read, in octets of DER: 256 Ki. */
export const MAX_REQUEST_OCTETS = 256 * 1024;

/** A PKCS #10 certification request (RFC 2986). Its getters for extensions answer from what it asks for. */
export class CertificateRequest extends DecodedExtensions {
  /** The whole request. */
  readonly der: Buffer;
  readonly subject: Name;
  /** DER. */
  readonly subjectPublicKeyInfo: Buffer;
  readonly attributes: readonly Attribute[];
  /** From the extensionRequest attribute; empty if there is none. */
  readonly requestedExtensions: readonly Extension[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Buffer;
  /** DER of the signed part. */
  readonly certificationRequestInfo: Buffer;
  #publicKey: KeyObject | undefined;

  private constructor(der: Buffer) {
    super();
    this.der = der;
    const outer = new DerReader(der, 'certificationRequest');
    const request = outer.sequence();
    outer.end();
    const info = request.sequence('certificationRequestInfo');
    this.certificationRequestInfo = der.subarray(request.start, request.contentEnd);
    this.signatureAlgorithm = readAlgorithmIdentifier(request, 'signatureAlgorithm');
    this.signature = request.wholeBitString('signature');
    request.end();
    if (info.smallInteger('version') !== 0)
      throw info.error('request_invalid', 'the version is not 0', 'version');
    this.subject = Name.fromDer(info.element('subject', TAG.sequence), `${info.where}.subject`);
    this.subjectPublicKeyInfo = info.element('subjectPKInfo', TAG.sequence);
    // The attributes are not optional, but some requesters leave the empty set out.
    const attributes = info.optional(contextConstructed(0), 'attributes');
    this.attributes = attributes === undefined ? [] : readAttributes(attributes);
    info.end();
    this.requestedExtensions = readRequested(this.attributes);
  }

  /**
   * Parses DER, or the first CERTIFICATE REQUEST (or NEW CERTIFICATE REQUEST) block of PEM. The input is copied. The signature is not
   * checked: see {@link verifySignature}. Throws X509Error; bounded by {@link MAX_REQUEST_OCTETS}.
   */
  static parse(input: Uint8Array | string): CertificateRequest {
    let der = input;
    if (isPem(input)) {
      const block = parsePem(input, ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])[0];
      if (block === undefined)
        throw new X509Error('pem_invalid', 'there is no CERTIFICATE REQUEST block', 'pem');
      der = block.der;
    }
    if (der.length > MAX_REQUEST_OCTETS) {
      throw new X509Error('der_too_large', 'the request is too large', 'certificationRequest', 0);
    }
    return new CertificateRequest(Buffer.from(der as Uint8Array));
  }

  /** Kind and size of the key, read without importing it. */
  get publicKeyInfo(): PublicKeyInfo {
    return readPublicKeyInfo(this.subjectPublicKeyInfo);
  }

  /** The key, imported when first asked for. Throws `key_unsupported` or `key_invalid`. */
  get publicKey(): KeyObject {
    this.#publicKey ??= importPublicKey(this.subjectPublicKeyInfo);
    return this.#publicKey;
  }

  extension(oid: string): Extension | undefined {
    return this.requestedExtensions.find((extension) => extension.oid === oid);
  }

  /** Whether the request is signed with the key that it asks to be certified. Throws for keys and algorithms that are not supported. */
  verifySignature(): boolean {
    return verifySignature(
      this.signatureAlgorithm,
      this.publicKey,
      this.certificationRequestInfo,
      this.signature,
    );
  }

  /** As `verifySignature`, on libuv's threads. Rejects with what that throws. */
  async verifySignatureOnThread(): Promise<boolean> {
    return verifySignatureOnThread(
      this.signatureAlgorithm,
      this.publicKey,
      this.certificationRequestInfo,
      this.signature,
    );
  }

  toPem(): string {
    return encodePem('CERTIFICATE REQUEST', this.der);
  }
}

function readRequested(attributes: readonly Attribute[]): Extension[] {
  const requests = attributes.filter(({ oid }) => oid === OID.extensionRequest);
  if (requests.length === 0) return [];
  const value = requests[0]!.values[0];
  if (requests.length > 1 || requests[0]!.values.length !== 1 || value === undefined) {
    throw new X509Error('request_invalid', 'there is more than one extensionRequest', 'attributes');
  }
  const reader = new DerReader(value, 'attributes.extensionRequest');
  const extensions = readExtensions(reader.sequence());
  reader.end();
  return extensions;
}
