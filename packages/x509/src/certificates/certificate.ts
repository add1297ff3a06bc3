import { hash, type KeyObject } from 'node:crypto';
import { asBuffer, DerReader } from '../asn1/der-reader.ts';
import { X509Error } from '../errors.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import { importPublicKey, type PublicKeyInfo, readPublicKeyInfo } from '../keys/public-key.ts';
import { verifySignature } from '../keys/verify-signature.ts';
import { Name } from '../names/name.ts';
import { encodePem, isPem, pemBlocks } from '../pem/pem.ts';
import { type CertificateLayout, MAX_CERTIFICATE_OCTETS, readLayout } from './certificate-layout.ts';
import { DecodedExtensions } from './decoded-extensions.ts';
import { type Extension, readExtensions } from './extension.ts';

const PEM_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];
const NO_EXTENSIONS: readonly Extension[] = [];

/**
 * An X.509 certificate (RFC 5280 §4.1). Parsing checks the structure down to the extensions' values in strict DER; names, extensions
 * and the key are decoded when first asked for. Immutable; holds its own copy of the DER and little else.
 */
export class Certificate extends DecodedExtensions {
  /** The whole certificate. */
  readonly der: Buffer;
  readonly #at: CertificateLayout;
  #extensions: readonly Extension[] | undefined;
  #issuer: Name | undefined;
  #subject: Name | undefined;
  #publicKey: KeyObject | undefined;
  #signatureAlgorithm: AlgorithmIdentifier | undefined;
  #fingerprint256: string | undefined;
  #thumbprint: string | undefined;
  #spkiSha256: string | undefined;

  /** `like`: one with the same octets signed, at the same place; what was read of it is not read again. */
  private constructor(der: Buffer, like?: Certificate) {
    super(like);
    this.der = der;
    this.#at = like === undefined ? readLayout(der) : like.#at;
    if (like === undefined) return;
    this.#extensions = like.#extensions;
    this.#issuer = like.#issuer;
    this.#subject = like.#subject;
    this.#spkiSha256 = like.#spkiSha256;
  }

  /**
   * Parses one certificate: DER, or the first CERTIFICATE block of PEM text or bytes. The input is copied.
   * Throws X509Error; bounded by {@link MAX_CERTIFICATE_OCTETS}.
   */
  static parse(input: Uint8Array | string): Certificate {
    if (!isPem(input)) return Certificate.#fromDer(input as Uint8Array);
    for (const block of certificateBlocks(input)) return new Certificate(block);
    throw new X509Error('pem_invalid', 'there is no CERTIFICATE block', 'pem');
  }

  /** Parses every certificate of a PEM bundle, with junk and other blocks in between, or one DER certificate. Throws `pem_invalid` if there is none. */
  static parseAll(input: Uint8Array | string): Certificate[] {
    if (!isPem(input)) return [Certificate.#fromDer(input as Uint8Array)];
    const certificates = Array.from(certificateBlocks(input), (der) => new Certificate(der));
    if (certificates.length === 0) throw new X509Error('pem_invalid', 'there is no CERTIFICATE block', 'pem');
    return certificates;
  }

  /**
   * Parses DER in a buffer that nobody else writes to, without copying it.
   * @internal
   */
  static adopt(der: Buffer): Certificate {
    return new Certificate(der);
  }

  /**
   * As {@link adopt}, for what `signStructure` made of the signed part of a certificate that was read before.
   * @internal
   */
  static adoptResigned(der: Buffer, former: Certificate): Certificate {
    const inPlace = der.subarray(former.#at.tbsStart, former.#at.tbsEnd).equals(former.tbsCertificate);
    // The lengths of two signatures may differ by so much that the length in front of all takes an octet more.
    return new Certificate(der, inPlace ? former : undefined);
  }

  static #fromDer(input: Uint8Array): Certificate {
    if (input.length > MAX_CERTIFICATE_OCTETS) {
      throw new X509Error('der_too_large', 'the certificate is too large', 'certificate', 0);
    }
    return new Certificate(Buffer.from(input));
  }

  /** As people count them: 3 for a certificate with extensions (RFC 5280 §4.1.2.1). */
  get version(): 1 | 2 | 3 {
    return this.#at.version;
  }

  /** Epoch milliseconds. */
  get notBefore(): number {
    return this.#at.notBefore;
  }

  /** Epoch milliseconds; the certificate is valid through this very second. */
  get notAfter(): number {
    return this.#at.notAfter;
  }

  /**
   * Lower-case hexadecimal of the number, as OpenSSL prints it but in lower case: whole octets without the padding octet of the encoding,
   * with `-` in front of a negative one. For the octets themselves see {@link serialBytes}.
   */
  get serialNumber(): string {
    return serialText(this.serialBytes);
  }

  /** Content octets of the serial number: two's complement, big-endian. */
  get serialBytes(): Buffer {
    return this.#reader(this.#at.serialStart, 'serialNumber').integer();
  }

  /** Who issued it (RFC 5280 §4.1.2.4). Its parts are decoded when asked for. */
  get issuer(): Name {
    this.#issuer ??= Name.fromDer(
      this.der.subarray(this.#at.issuerStart, this.#at.validityStart),
      'tbsCertificate.issuer',
    );
    return this.#issuer;
  }

  /** Whose it is (RFC 5280 §4.1.2.6); may be empty where the subjectAltName says it. */
  get subject(): Name {
    this.#subject ??= Name.fromDer(
      this.der.subarray(this.#at.subjectStart, this.#at.spkiStart),
      'tbsCertificate.subject',
    );
    return this.#subject;
  }

  /** DER of the Validity. */
  get validity(): Buffer {
    return this.der.subarray(this.#at.validityStart, this.#at.subjectStart);
  }

  /** DER. */
  get subjectPublicKeyInfo(): Buffer {
    return this.der.subarray(this.#at.spkiStart, this.#at.spkiEnd);
  }

  /** Kind and size of the key, read without importing it. Throws as {@link readPublicKeyInfo}. */
  get publicKeyInfo(): PublicKeyInfo {
    return readPublicKeyInfo(this.subjectPublicKeyInfo, 'tbsCertificate.subjectPublicKeyInfo');
  }

  /** The key, imported when first asked for (30 to 60 µs). Throws `key_unsupported` or `key_invalid`. */
  get publicKey(): KeyObject {
    this.#publicKey ??= importPublicKey(this.subjectPublicKeyInfo, 'tbsCertificate.subjectPublicKeyInfo');
    return this.#publicKey;
  }

  /** The algorithm outside of the signed part; must equal {@link tbsSignatureAlgorithm}. */
  get signatureAlgorithm(): AlgorithmIdentifier {
    this.#signatureAlgorithm ??= readAlgorithmIdentifier(
      this.#reader(this.#at.tbsEnd, ''),
      'signatureAlgorithm',
    );
    return this.#signatureAlgorithm;
  }

  /** The algorithm as it is named inside of what is signed. */
  get tbsSignatureAlgorithm(): AlgorithmIdentifier {
    const reader = this.#reader(this.#at.serialStart, 'tbsCertificate');
    reader.any();
    return readAlgorithmIdentifier(reader, 'signature');
  }

  /** Whether the two AlgorithmIdentifiers are the same octets (RFC 5280 §4.1.1.2). */
  get signatureAlgorithmsMatch(): boolean {
    const inner = this.#reader(this.#at.serialStart, 'tbsCertificate');
    inner.any();
    return inner.element().equals(this.#reader(this.#at.tbsEnd, '').element());
  }

  /** DER of the signed part. */
  get tbsCertificate(): Buffer {
    return this.der.subarray(this.#at.tbsStart, this.#at.tbsEnd);
  }

  /** Octets of the signature: DER for ECDSA. */
  get signature(): Buffer {
    const reader = this.#reader(this.#at.tbsEnd, '');
    reader.any();
    return reader.wholeBitString('signature');
  }

  /** In their order; empty for versions 1 and 2. */
  get extensions(): readonly Extension[] {
    this.#extensions ??= this.#readExtensions();
    return this.#extensions;
  }

  #readExtensions(): readonly Extension[] {
    if (this.#at.extensionsEnd === 0) return NO_EXTENSIONS;
    const explicit = new DerReader(this.der, 'extensions', this.#at.extensionsStart, this.#at.extensionsEnd);
    return readExtensions(explicit.sequence());
  }

  /** The extension with this object identifier, of whatever kind; undefined if it is absent. */
  extension(oid: string): Extension | undefined {
    for (const extension of this.extensions) if (extension.oid === oid) return extension;
    return undefined;
  }

  /** Lower-case hexadecimal SHA-256 of the DER. */
  get fingerprint256(): string {
    this.#fingerprint256 ??= hash('sha256', this.der, 'hex');
    return this.#fingerprint256;
  }

  /** base64url SHA-256 of the DER: `x5t#S256` (RFC 8705 §3.1). */
  get thumbprint(): string {
    const known = this.#fingerprint256;
    this.#thumbprint ??=
      known === undefined
        ? hash('sha256', this.der, 'base64url')
        : Buffer.from(known, 'hex').toString('base64url');
    return this.#thumbprint;
  }

  /** Lower-case hexadecimal SHA-256 of the SubjectPublicKeyInfo. */
  get spkiSha256(): string {
    this.#spkiSha256 ??= hash('sha256', this.subjectPublicKeyInfo, 'hex');
    return this.#spkiSha256;
  }

  /** Whether issuer and subject match (RFC 5280 §6.1); says nothing of the signature. */
  get selfIssued(): boolean {
    return this.issuer.equals(this.subject);
  }

  /** Whether the signature is one by `issuerKey`. Throws `algorithm_unsupported` or `algorithm_invalid`. */
  verifySignature(issuerKey: KeyObject): boolean {
    return verifySignature(this.signatureAlgorithm, issuerKey, this.tbsCertificate, this.signature);
  }

  /** Whether the DER of both is the same. */
  equals(other: Certificate): boolean {
    return this === other || this.der.equals(other.der);
  }

  /** A CERTIFICATE block with a newline at its end. */
  toPem(): string {
    return encodePem('CERTIFICATE', this.der);
  }

  #reader(start: number, where: string): DerReader {
    return new DerReader(this.der, where, start);
  }
}

function* certificateBlocks(input: string | Uint8Array): Generator<Buffer> {
  for (const { label, der } of pemBlocks(input, PEM_LABELS, MAX_CERTIFICATE_OCTETS)) {
    yield label === 'TRUSTED CERTIFICATE' ? withoutTrust(der) : der;
  }
}

/** OpenSSL appends its trust settings to the certificate. */
function withoutTrust(der: Buffer): Buffer {
  return new DerReader(der, 'certificate').element();
}

/** See {@link Certificate.serialNumber}. */
export function serialText(content: Uint8Array): string {
  const octets = asBuffer(content);
  if (octets[0]! >= 0x80) {
    const magnitude = (1n << BigInt(octets.length * 8)) - BigInt(`0x${octets.toString('hex')}`);
    const hex = magnitude.toString(16);
    return `-${hex.length % 2 === 0 ? hex : `0${hex}`}`;
  }
  return octets.toString('hex', octets.length > 1 && octets[0] === 0 ? 1 : 0);
}
