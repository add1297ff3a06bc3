import { OID } from '../asn1/oids.ts';
import type { Certificate } from '../certificates/certificate.ts';
import type { KeyUsage } from '../certificates/extensions/key-usage.ts';
import { X509Error } from '../errors.ts';
import type { PublicKeyInfo } from '../keys/public-key.ts';
import type { GeneralName } from '../names/general-name.ts';
import { type Name, type NameAttribute, readRdnsLeniently } from '../names/name.ts';
import type { Lint } from './lint.ts';

/** What a certificate is for, as far as it says. */
export type CertificateKind = 'root' | 'intermediate' | 'leaf';

export interface LabelledDnsName {
  readonly name: string;
  readonly labels: readonly string[];
}

/** The certificate with what most lints ask of it, read once. Parts that are malformed are undefined here, and reported by `malformed`. */
export class LintContext {
  readonly certificate: Certificate;
  readonly kind: CertificateKind;
  readonly malformed: X509Error[] = [];
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectAltName: readonly GeneralName[] | undefined;
  readonly issuerAltName: readonly GeneralName[] | undefined;
  readonly key: PublicKeyInfo | undefined;
  /** In the order of the DER. */
  readonly subject: readonly NameAttribute[];
  readonly issuer: readonly NameAttribute[];
  /** DNS names of both alternative names, with their labels; blank ones are left out. */
  readonly labelledDnsNames: readonly LabelledDnsName[];

  constructor(certificate: Certificate) {
    this.certificate = certificate;
    const ca = this.read(() => certificate.basicConstraints)?.ca === true;
    if (!ca) this.kind = 'leaf';
    else this.kind = this.read(() => certificate.selfIssued) === true ? 'root' : 'intermediate';
    this.keyUsage = this.read(() => certificate.keyUsage);
    this.extendedKeyUsage = this.read(() => certificate.extendedKeyUsage);
    this.subjectAltName = this.read(() => certificate.subjectAltName);
    this.issuerAltName = this.read(() => certificate.issuerAltName);
    this.key = this.read(() => certificate.publicKeyInfo);
    this.subject = this.attributes(certificate.subject);
    this.issuer = this.attributes(certificate.issuer);
    this.labelledDnsNames = [...labelled(this.subjectAltName), ...labelled(this.issuerAltName)];
  }

  /** The value, or undefined if it is malformed. */
  read<T>(get: () => T): T | undefined {
    try {
      return get();
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** What the lint found, or undefined if what it looks at is malformed. */
  check(lint: Lint): ReturnType<Lint['check']> {
    try {
      return lint.check(this);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): undefined {
    if (!(error instanceof X509Error)) throw error;
    if (!this.malformed.some((known) => known.where === error.where)) this.malformed.push(error);
    return undefined;
  }

  attributes(name: Name): NameAttribute[] {
    return this.read(() => name.rdns.flat()) ?? this.read(() => readRdnsLeniently(name).flat()) ?? [];
  }

  get ca(): boolean {
    return this.kind !== 'leaf';
  }

  get delegatedOcspResponder(): boolean {
    return !this.ca && this.extendedKeyUsage?.includes(OID.ocspSigning) === true;
  }

  /** A leaf that a TLS server may use: by its purposes, or by having none. */
  get server(): boolean {
    const purposes = this.extendedKeyUsage;
    if (this.ca) return false;
    return (
      purposes === undefined ||
      purposes.includes(OID.serverAuth) ||
      purposes.includes(OID.anyExtendedKeyUsage)
    );
  }

  has(oid: string): boolean {
    return this.certificate.extension(oid) !== undefined;
  }

  critical(oid: string): boolean {
    return this.certificate.extension(oid)?.critical === true;
  }

  /** DNS names of the subjectAltName. */
  get dnsNames(): readonly string[] {
    return (this.subjectAltName ?? []).flatMap((name) => (name.type === 'dns' ? [name.value] : []));
  }

  /** Values of an attribute type in the subject. */
  subjectValues(type: string): string[] {
    return this.subject.filter((attribute) => attribute.type === type).map(({ value }) => value);
  }
}

function labelled(names: readonly GeneralName[] = []): LabelledDnsName[] {
  return names.flatMap((name) =>
    name.type === 'dns' && name.value.trim() !== ''
      ? [{ name: name.value, labels: name.value.split('.') }]
      : [],
  );
}
