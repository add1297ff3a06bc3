import { asBuffer, DerReader } from '../../asn1/der-reader.ts';
import { OID } from '../../asn1/oids.ts';
import { contextConstructed, TAG } from '../../asn1/tags.ts';
import { type Extension, readExtensions } from '../../certificates/extension.ts';
import {
  type AuthorityKeyIdentifier,
  readAuthorityKeyIdentifier,
} from '../../certificates/extensions/authority-key-identifier.ts';
import {
  type DistributionPoint,
  readDistributionPoints,
} from '../../certificates/extensions/distribution-points.ts';
import {
  type AccessDescription,
  readInformationAccess,
} from '../../certificates/extensions/information-access.ts';
import { X509Error } from '../../errors.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../../keys/algorithm-identifier.ts';
import { type GeneralName, readGeneralNames } from '../../names/general-name.ts';
import { Name } from '../../names/name.ts';
import { encodePem, firstPemBlock, isPem } from '../../pem/pem.ts';
import { type IssuingDistributionPoint, readIssuingDistributionPoint } from './issuing-distribution-point.ts';
import { type RevokedCertificate, RevokedEntries } from './revoked-entries.ts';

/** Largest CRL that is read, in octets of DER: 512 Mi. */
export const MAX_CRL_OCTETS = 512 * 1024 * 1024;

/** The parts of a CertificateList but for its entries. */
interface CrlParts {
  readonly der: Buffer;
  readonly version: 1 | 2;
  readonly tbsStart: number;
  readonly tbsEnd: number;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureAlgorithmsMatch: boolean;
  readonly signature: Buffer;
  readonly issuer: Name;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly timesConform: boolean;
  readonly entriesStart: number;
  readonly entriesEnd: number;
  readonly extensions: readonly Extension[];
}

/**
 * A certificate revocation list (RFC 5280 §5): full, delta, indirect or partitioned. The octets that it was read from are kept, and are
 * not copied: they must not be changed. Beside them, an index of 12 octets or so for each entry.
 */
export class CertificateRevocationList {
  readonly #parts: CrlParts;
  /**
   * The index of the entries, for this package; others use {@link find} and {@link entries}.
   * @internal
   */
  readonly revoked: RevokedEntries;
  /** RFC 5280 §5.2.3; undefined without the extension. */
  readonly crlNumber: bigint | undefined;
  /** BaseCRLNumber of a delta CRL (§5.2.4); undefined if this is a complete one. */
  readonly deltaBase: bigint | undefined;
  /** What the list covers (§5.2.5); undefined if everything by its issuer. */
  readonly issuingDistributionPoint: IssuingDistributionPoint | undefined;
  /** Which key signed (§5.2.1). */
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  /** Where deltas of the list are found (§5.2.6). */
  readonly freshestCrl: readonly DistributionPoint[] | undefined;

  private constructor(parts: CrlParts, revoked: RevokedEntries) {
    this.#parts = parts;
    this.revoked = revoked;
    if (parts.version === 1 && revoked.table.entryExtensions)
      throw invalid('a version 1 list has entries with extensions');
    this.crlNumber = this.#decode(OID.cRLNumber, 'cRLNumber', readCrlNumber);
    this.deltaBase = this.#decode(OID.deltaCRLIndicator, 'deltaCRLIndicator', readCrlNumber);
    this.issuingDistributionPoint = this.#decode(
      OID.issuingDistributionPoint,
      'issuingDistributionPoint',
      readIssuingDistributionPoint,
    );
    this.authorityKeyIdentifier = this.#decode(
      OID.authorityKeyIdentifier,
      'authorityKeyIdentifier',
      readAuthorityKeyIdentifier,
    );
    this.freshestCrl = this.#decode(OID.freshestCRL, 'freshestCRL', readDistributionPoints);
  }

  /** Parses DER, or the first X509 CRL block of PEM, in one go: for large lists use {@link load}. Throws X509Error. */
  static parse(input: Uint8Array | string): CertificateRevocationList {
    const reading = read(input);
    for (;;) {
      const step = reading.next();
      if (step.done) return new CertificateRevocationList(...step.value);
    }
  }

  /** As {@link parse}, letting others run every few milliseconds. */
  static async load(input: Uint8Array | string): Promise<CertificateRevocationList> {
    const reading = read(input);
    for (;;) {
      const step = reading.next();
      if (step.done) return new CertificateRevocationList(...step.value);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** The list in `der`, whose entries begin with those of `previous`, not read again. For {@link extendCrl}. */
  static extending(previous: CertificateRevocationList, der: Buffer): CertificateRevocationList {
    const parts = readParts(der);
    const revoked = previous.revoked.extended(parts.der, parts.entriesStart, parts.entriesEnd);
    return new CertificateRevocationList(parts, revoked);
  }

  #decode<T>(oid: string, name: string, read: (reader: DerReader) => T): T | undefined {
    return this.extension(oid)?.decode(read, `crlExtensions.${name}`);
  }

  /** Other names of the issuer (RFC 5280 §5.2.2); undefined without the extension. Decoded when asked for; throws X509Error if it is malformed. */
  get issuerAltName(): readonly GeneralName[] | undefined {
    return this.#decode(OID.issuerAltName, 'issuerAltName', (reader) => readGeneralNames(reader.sequence()));
  }

  /** Where certificates of the issuer are found (§5.2.7); undefined without the extension. As {@link issuerAltName}. */
  get authorityInformationAccess(): readonly AccessDescription[] | undefined {
    return this.#decode(OID.authorityInfoAccess, 'authorityInfoAccess', readInformationAccess);
  }

  /** The whole list. */
  get der(): Buffer {
    return this.#parts.der;
  }

  /** 2, or 1 for a list without extensions (§5.1.2.1). */
  get version(): 1 | 2 {
    return this.#parts.version;
  }

  get issuer(): Name {
    return this.#parts.issuer;
  }

  /** Epoch milliseconds. */
  get thisUpdate(): number {
    return this.#parts.thisUpdate;
  }

  /** Epoch milliseconds; undefined if the list does not say (which RFC 5280 §5.1.2.5 demands). */
  get nextUpdate(): number | undefined {
    return this.#parts.nextUpdate;
  }

  /** Whether the two times are in the forms of RFC 5280 §5.1.2.4: UTCTime through 2049. */
  get timesConform(): boolean {
    return this.#parts.timesConform;
  }

  get signatureAlgorithm(): AlgorithmIdentifier {
    return this.#parts.signatureAlgorithm;
  }

  /** Whether the two AlgorithmIdentifiers are the same octets (RFC 5280 §5.1.1.2). */
  get signatureAlgorithmsMatch(): boolean {
    return this.#parts.signatureAlgorithmsMatch;
  }

  /** DER of the signed part. */
  get tbsCertList(): Buffer {
    return this.#parts.der.subarray(this.#parts.tbsStart, this.#parts.tbsEnd);
  }

  get signature(): Buffer {
    return this.#parts.signature;
  }

  /** Every crlExtension, decoded or not. */
  get extensions(): readonly Extension[] {
    return this.#parts.extensions;
  }

  /** The crlExtension with this object identifier. */
  extension(oid: string): Extension | undefined {
    return this.#parts.extensions.find((extension) => extension.oid === oid);
  }

  /** Number of entries. */
  get size(): number {
    return this.revoked.table.size;
  }

  /**
   * The entry for a certificate by its serial number (content octets, as `Certificate.serialBytes`) and, in an indirect CRL, its issuer (default: the
   * issuer of the list). Takes about a microsecond. Says nothing of whether the list is one to believe: see `checkRevocation`.
   */
  find(serialBytes: Uint8Array, certificateIssuer?: Name): RevokedCertificate | undefined {
    const issuer = certificateIssuer?.equals(this.issuer) ? undefined : certificateIssuer;
    return (
      this.revoked.find(serialBytes, issuer) ??
      (issuer === undefined ? this.revoked.find(serialBytes, this.issuer) : undefined)
    );
  }

  /** Every entry in the order of the list, decoded one by one. */
  *entries(): Generator<RevokedCertificate, void, void> {
    for (let ordinal = 0; ordinal < this.size; ordinal++) yield this.revoked.at(ordinal);
  }

  /** An `X509 CRL` block. */
  toPem(): string {
    return encodePem('X509 CRL', this.der);
  }
}

/** Reads a list, and yields now and then so that the caller can let others run. */
function* read(input: Uint8Array | string): Generator<void, readonly [CrlParts, RevokedEntries], void> {
  const der = isPem(input) ? yield* firstPemBlock(input, ['X509 CRL', 'CRL']) : asBuffer(input as Uint8Array);
  if (der === undefined) throw new X509Error('pem_invalid', 'there is no X509 CRL block', 'pem');
  const parts = readParts(der);
  return [parts, yield* RevokedEntries.read(parts.der, parts.entriesStart, parts.entriesEnd)];
}

function invalid(message: string): X509Error {
  return new X509Error('crl_invalid', message, 'tbsCertList');
}

function readParts(der: Buffer): CrlParts {
  if (der.length > MAX_CRL_OCTETS)
    throw new X509Error('der_too_large', 'the CRL is too large', 'certificateList', 0);
  const outer = new DerReader(der, '');
  const list = outer.sequence('certificateList');
  outer.end();
  const tbs = list.sequence('tbsCertList');
  const tbsStart = list.start;
  const tbsEnd = list.contentEnd;
  const outerAlgorithm = list.element('signatureAlgorithm', TAG.sequence);
  const signature = list.wholeBitString('signatureValue');
  list.end();

  let version: 1 | 2 = 1;
  if (tbs.peek() === TAG.integer) {
    if (tbs.smallInteger('version') !== 1) throw tbs.error('crl_invalid', 'the version is not 2');
    version = 2;
  }
  const innerAlgorithm = tbs.element('signature', TAG.sequence);
  const issuer = Name.fromDer(tbs.element('issuer', TAG.sequence), 'tbsCertList.issuer');
  const thisUpdate = tbs.time('thisUpdate');
  let timesConform = hasDueForm(tbs.tag, thisUpdate);
  let nextUpdate: number | undefined;
  if (tbs.peek() === TAG.utcTime || tbs.peek() === TAG.generalizedTime) {
    nextUpdate = tbs.time('nextUpdate');
    timesConform &&= hasDueForm(tbs.tag, nextUpdate);
  }
  let entriesStart = tbs.position;
  let entriesEnd = tbs.position;
  if (tbs.peek() === TAG.sequence) {
    tbs.expect(TAG.sequence, 'revokedCertificates');
    entriesStart = tbs.contentStart;
    entriesEnd = tbs.contentEnd;
    if (entriesStart === entriesEnd)
      throw tbs.error('crl_invalid', 'the list of revoked certificates is empty');
  }
  const extensions = readCrlExtensions(tbs, version);
  tbs.end();
  return {
    der,
    version,
    tbsStart,
    tbsEnd,
    signatureAlgorithm: readAlgorithmIdentifier(new DerReader(outerAlgorithm, ''), 'signatureAlgorithm'),
    signatureAlgorithmsMatch: outerAlgorithm.equals(innerAlgorithm),
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    timesConform,
    entriesStart,
    entriesEnd,
    extensions,
  };
}

function readCrlExtensions(tbs: DerReader, version: 1 | 2): readonly Extension[] {
  const explicit = tbs.optional(contextConstructed(0), 'crlExtensions');
  if (explicit === undefined) return [];
  if (version === 1) throw explicit.error('crl_invalid', 'a version 1 list has extensions');
  const sequence = explicit.sequence();
  explicit.end();
  return readExtensions(sequence);
}

/** 2050-01-01T00:00:00Z. */
const UTC_TIME_END = 2_524_608_000_000;

function hasDueForm(tag: number, time: number): boolean {
  return (tag === TAG.utcTime) === time < UTC_TIME_END;
}

/** Up to 20 octets (§5.2.3). */
function readCrlNumber(reader: DerReader): bigint {
  const octets = reader.integer();
  if (octets[0]! >= 0x80 || octets.length > 21)
    throw reader.error('crl_invalid', 'a CRL number is negative or too long');
  return BigInt(`0x${octets.toString('hex')}`);
}
