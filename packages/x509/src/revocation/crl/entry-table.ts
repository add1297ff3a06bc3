import { X509Error } from '../../errors.ts';
import type { Name } from '../../names/name.ts';
import { isReasonCodeAlone, readEntryExtensions } from './entry-extensions.ts';
import { EntryScanner } from './entry-scanner.ts';

/** Entries of a CRL that are stepped over between two pauses: some milliseconds' worth. */
export const CHUNK = 4096;

/** Octets of extensions, but for lone reason codes, that are read between two pauses. */
const CHUNK_EXTENSION_OCTETS = 64 * 1024;

/** Where the entries of a CRL are in its octets, and what one pass over them told. */
export interface EntryTable {
  readonly bytes: Buffer;
  /** Bounds of the entries in `bytes`. */
  readonly start: number;
  readonly end: number;
  readonly size: number;
  /** Of each entry, from `start`. */
  readonly offsets: Uint32Array;
  /** In an indirect CRL: the issuers of certificates, and for each entry the ordinal of its own plus one, 0 for the CRL's issuer. */
  readonly issuers: readonly Name[];
  readonly issuerOf: Uint32Array | undefined;
  /** Ordinals plus one of `issuers` by their normalized names. */
  readonly issuerOrdinals: ReadonlyMap<string, number>;
  /** Whether an entry has a critical extension that is not known, which makes the CRL useless (RFC 5280 §5.3). */
  readonly unknownCritical: boolean;
  /** Whether an entry has extensions at all, which version 1 does not know. */
  readonly entryExtensions: boolean;
}

/** Makes an {@link EntryTable}, chunk by chunk. Throws `crl_invalid` and the reader's codes. */
export class EntryTableReader {
  readonly #bytes: Buffer;
  readonly #scanner: EntryScanner;
  readonly #start: number;
  readonly #end: number;
  readonly #issuers: Name[] = [];
  readonly #issuerOrdinals = new Map<string, number>();
  #issuerOf: Uint32Array | undefined;
  #currentIssuer = 0;
  #extensionOctets = 0;
  #offsets: Uint32Array;
  #size = 0;
  #unknownCritical = false;
  #entryExtensions = false;

  /** Reads the entries from `first` to `end`; offsets count from `start`. */
  constructor(bytes: Buffer, start: number, end: number, first = start) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#scanner = new EntryScanner(bytes, first, end);
    this.#offsets = new Uint32Array(256);
  }

  /** Steps over the next chunk; false once the end is reached. */
  chunk(): boolean {
    const scanner = this.#scanner;
    this.#extensionOctets = 0;
    for (let i = 0; i < CHUNK && this.#extensionOctets < CHUNK_EXTENSION_OCTETS; i++) {
      if (!scanner.next()) return false;
      if (this.#size === this.#offsets.length) this.#grow();
      if (scanner.serialEnd - scanner.serialStart > 127) {
        const where = 'tbsCertList.revokedCertificates.userCertificate';
        throw new X509Error('crl_invalid', 'a serial number is too long', where, scanner.serialStart);
      }
      this.#offsets[this.#size] = scanner.start - this.#start;
      if (scanner.extensionsEnd > 0) this.#readExtensions();
      if (this.#issuerOf !== undefined) this.#issuerOf[this.#size] = this.#currentIssuer;
      this.#size++;
    }
    return true;
  }

  /** An entry without a certificate issuer has that of the entry before it (RFC 5280 §5.3.3). */
  #readExtensions(): void {
    this.#entryExtensions = true;
    const { extensionsStart, extensionsEnd } = this.#scanner;
    if (isReasonCodeAlone(this.#bytes, extensionsStart, extensionsEnd)) return;
    this.#extensionOctets += extensionsEnd - extensionsStart;
    const read = readEntryExtensions(this.#bytes, extensionsStart, extensionsEnd);
    if (read.unknownCritical) this.#unknownCritical = true;
    if (read.certificateIssuer === undefined) return;
    const key = read.certificateIssuer.normalized;
    let ordinal = this.#issuerOrdinals.get(key);
    if (ordinal === undefined) {
      ordinal = this.#issuers.push(read.certificateIssuer);
      this.#issuerOrdinals.set(key, ordinal);
    }
    this.#currentIssuer = ordinal;
    this.#issuerOf ??= new Uint32Array(this.#offsets.length);
  }

  #grow(): void {
    this.#offsets = doubled(this.#offsets);
    if (this.#issuerOf !== undefined) this.#issuerOf = doubled(this.#issuerOf);
  }

  table(): EntryTable {
    return {
      bytes: this.#bytes,
      start: this.#start,
      end: this.#end,
      size: this.#size,
      offsets: this.#offsets.slice(0, this.#size),
      issuers: this.#issuers,
      issuerOf: this.#issuerOf,
      issuerOrdinals: this.#issuerOrdinals,
      unknownCritical: this.#unknownCritical,
      entryExtensions: this.#entryExtensions,
    };
  }
}

function doubled(numbers: Uint32Array): Uint32Array {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
