import { DerReader } from '../../asn1/der-reader.ts';
import type { Name } from '../../names/name.ts';
import { readEntryExtensions } from './entry-extensions.ts';
import { CHUNK, type EntryTable, EntryTableReader } from './entry-table.ts';
import type { RevocationReason } from './reason.ts';
import { SerialIndex } from './serial-index.ts';

/** A revoked certificate as a CRL lists it (RFC 5280 §5.1.2.6, §5.3). */
export interface RevokedCertificate {
  /** Content octets of the serial number. */
  readonly serialBytes: Buffer;
  /** Epoch milliseconds. */
  readonly revokedAt: number;
  readonly reason: RevocationReason | undefined;
  /** Epoch milliseconds at which the key is known or suspected to have been compromised (§5.3.2). */
  readonly invalidityDate: number | undefined;
  /** Who issued the certificate; undefined if the issuer of the CRL did. */
  readonly certificateIssuer: Name | undefined;
}

/** The entries of a CRL in the octets that they came in, found by serial number. */
export class RevokedEntries {
  readonly table: EntryTable;
  /** Whether a certificate is listed twice. */
  readonly duplicates: boolean;
  readonly #index: SerialIndex;

  private constructor(table: EntryTable, index: SerialIndex, duplicates: boolean) {
    this.table = table;
    this.duplicates = duplicates;
    this.#index = index;
  }

  /** Reads and indexes the entries; yields after each chunk so that the caller can let others run. Throws X509Error. */
  static *read(bytes: Buffer, start: number, end: number): Generator<void, RevokedEntries, void> {
    const reader = new EntryTableReader(bytes, start, end);
    while (reader.chunk()) yield;
    const table = reader.table();
    const index = SerialIndex.for(table.size);
    let duplicates = false;
    for (let ordinal = 0; ordinal < table.size; ordinal++) {
      if (ordinal % CHUNK === CHUNK - 1) yield;
      if (!addToIndex(index, table, ordinal)) duplicates = true;
    }
    return new RevokedEntries(table, index, duplicates);
  }

  /**
   * These entries with more behind them, copied to `bytes` from `start` to `end`. The old ones are not read again. Only for CRLs that are not
   * indirect. Throws X509Error.
   */
  extended(bytes: Buffer, start: number, end: number): RevokedEntries {
    const old = this.table;
    const reader = new EntryTableReader(bytes, start, end, start + old.end - old.start);
    while (reader.chunk());
    const added = reader.table();
    const size = old.size + added.size;
    const offsets = new Uint32Array(size);
    offsets.set(old.offsets);
    offsets.set(added.offsets, old.size);
    const table: EntryTable = {
      ...added,
      size,
      offsets,
      unknownCritical: old.unknownCritical || added.unknownCritical,
      entryExtensions: old.entryExtensions || added.entryExtensions,
    };
    const copy = this.#index.copyFor(size);
    const index = copy ?? SerialIndex.for(size);
    let { duplicates } = this;
    for (let ordinal = copy === undefined ? 0 : old.size; ordinal < size; ordinal++) {
      if (!addToIndex(index, table, ordinal)) duplicates = true;
    }
    return new RevokedEntries(table, index, duplicates);
  }

  /**
   * The entry with this serial number (content octets) and issuer of the certificate (undefined: the CRL's own). Of several, one that revokes rather
   * than one that ends a hold.
   */
  find(serial: Uint8Array, issuer: Name | undefined): RevokedCertificate | undefined {
    const { table } = this;
    const number = issuer === undefined ? 0 : table.issuerOrdinals.get(issuer.normalized);
    if (number === undefined) return undefined;
    const ordinal = this.#index.find(
      serial,
      number,
      (known) => issuerOf(table, known) === number && hasSerial(table, known, serial, 0, serial.length),
    );
    if (ordinal < 0) return undefined;
    const entry = this.at(ordinal);
    return this.duplicates && entry.reason === 'removeFromCRL'
      ? (this.#revoking(serial, number) ?? entry)
      : entry;
  }

  #revoking(serial: Uint8Array, issuer: number): RevokedCertificate | undefined {
    const { table } = this;
    for (let ordinal = 0; ordinal < table.size; ordinal++) {
      if (issuerOf(table, ordinal) !== issuer || !hasSerial(table, ordinal, serial, 0, serial.length))
        continue;
      const entry = this.at(ordinal);
      if (entry.reason !== 'removeFromCRL') return entry;
    }
    return undefined;
  }

  /** The entry at this place, from 0 to `table.size` - 1. */
  at(ordinal: number): RevokedCertificate {
    const { table } = this;
    const start = table.start + table.offsets[ordinal]!;
    const reader = new DerReader(table.bytes, 'tbsCertList.revokedCertificates', start, table.end).sequence();
    const serialBytes = reader.integer('userCertificate');
    const revokedAt = reader.time('revocationDate');
    const certificateIssuer = issuerAt(table, ordinal);
    if (reader.done)
      return { serialBytes, revokedAt, reason: undefined, invalidityDate: undefined, certificateIssuer };
    const { reason, invalidityDate } = readEntryExtensions(table.bytes, reader.position, reader.limit);
    return { serialBytes, revokedAt, reason, invalidityDate, certificateIssuer };
  }
}

function addToIndex(index: SerialIndex, table: EntryTable, ordinal: number): boolean {
  const { bytes } = table;
  const at = serialStart(table, ordinal);
  const length = bytes[at - 1]!;
  const issuer = issuerOf(table, ordinal);
  return index.add(
    bytes,
    at,
    at + length,
    issuer,
    ordinal,
    (known) => issuerOf(table, known) === issuer && hasSerial(table, known, bytes, at, length),
  );
}

/** Where the content of a serial number begins. Its length, below 128, is the octet before; the entry's own may take up to four octets. */
function serialStart({ bytes, start, offsets }: EntryTable, ordinal: number): number {
  const at = start + offsets[ordinal]!;
  const length = bytes[at + 1]!;
  return at + 4 + (length < 0x80 ? 0 : length & 0x7f);
}

function hasSerial(
  table: EntryTable,
  ordinal: number,
  serial: Uint8Array,
  at: number,
  length: number,
): boolean {
  const { bytes } = table;
  const own = serialStart(table, ordinal);
  if (bytes[own - 1] !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[own + i] !== serial[at + i]) return false;
  return true;
}

/** The number of the issuer of a certificate: 0 for that of the CRL. */
function issuerOf(table: EntryTable, ordinal: number): number {
  return table.issuerOf === undefined ? 0 : table.issuerOf[ordinal]!;
}

function issuerAt(table: EntryTable, ordinal: number): Name | undefined {
  const issuer = issuerOf(table, ordinal);
  return issuer === 0 ? undefined : table.issuers[issuer - 1];
}
