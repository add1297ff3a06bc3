import type { RevocationReason } from '../../authority/index.ts';
import type {
  CertificateStatus,
  CrlScope,
  CrlStore,
  OcspStore,
  PublishedCrl,
  ReleasedCertificate,
} from '../../revocation/index.ts';
import type { Database, Transaction } from '../database.ts';
import { storable } from './storable.ts';

interface StatusRow {
  fingerprint256: string;
  serial_number: string;
  authority_id: string;
  crl_partition: number;
  client_id: string | null;
  revoked_at: number | null;
  revocation_reason: string | null;
}

interface CrlRow {
  authority_id: string;
  crl_partition: number;
  number: number;
  this_update: number;
  next_update: number;
  scheduled_number: number;
  scheduled_at: number;
  base_number: number;
  base_at: number;
  complete: Buffer;
  delta: Buffer;
}

const statusColumns =
  'fingerprint256, serial_number, authority_id, crl_partition, client_id, revoked_at, revocation_reason';

const crlColumns = `number, this_update, next_update, scheduled_number, scheduled_at, base_number, base_at, complete,
  delta`;

/** The revocation of certificates as relying parties hear of it. */
export class PublishingQueries implements CrlStore, OcspStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async findPartition(scope: CrlScope): Promise<{ readonly baseUrl: string } | undefined> {
    const [row] = await this.#database.all<{ base_url: string }>(
      'SELECT base_url FROM crl_partitions WHERE authority_id = ? AND crl_partition = ?',
      [scope.authorityId, scope.partition],
    );
    return row === undefined ? undefined : { baseUrl: row.base_url };
  }

  async revoked(scope: CrlScope & { readonly endingFrom: number }): Promise<CertificateStatus[]> {
    const rows = await this.#database.all<StatusRow>(
      `SELECT ${statusColumns} FROM certificates
       WHERE authority_id = ? AND crl_partition = ? AND revoked_at IS NOT NULL AND not_after >= ?
       ORDER BY revoked_at, serial_number`,
      [scope.authorityId, scope.partition, scope.endingFrom],
    );
    return rows.map(statusFromRow);
  }

  async released(scope: CrlScope & { readonly since: number }): Promise<ReleasedCertificate[]> {
    const rows = await this.#database.all<{ serial_number: string; released_at: number }>(
      `SELECT serial_number, released_at FROM certificates
       WHERE authority_id = ? AND crl_partition = ? AND released_at IS NOT NULL AND released_at >= ?
         AND revoked_at IS NULL
       ORDER BY released_at, serial_number`,
      [scope.authorityId, scope.partition, scope.since],
    );
    return rows.map((row) => ({ serialNumber: row.serial_number, releasedAt: row.released_at }));
  }

  async findCrl(scope: CrlScope): Promise<PublishedCrl | undefined> {
    const [row] = await this.#database.all<CrlRow>(
      `SELECT authority_id, crl_partition, ${crlColumns} FROM crls WHERE authority_id = ? AND crl_partition = ?`,
      [scope.authorityId, scope.partition],
    );
    return row === undefined ? undefined : crlFromRow(row);
  }

  async publish(crl: PublishedCrl, previous: number | undefined): Promise<boolean> {
    const changed = await this.#database.transact((transaction) => writeCrl(transaction, crl, previous));
    return changed === 1;
  }

  async listDue(query: {
    readonly before: number;
    readonly now: number;
    readonly limit: number;
  }): Promise<CrlScope[]> {
    const rows = await this.#database.all<{ authority_id: string; crl_partition: number }>(
      `SELECT c.authority_id, c.crl_partition FROM crls c JOIN authorities a ON a.id = c.authority_id
       WHERE c.scheduled_at <= ? AND a.not_after > ? ORDER BY c.scheduled_at LIMIT ?`,
      [query.before, query.now, query.limit],
    );
    return rows.map((row) => ({ authorityId: row.authority_id, partition: row.crl_partition }));
  }

  async changed(
    by: { readonly fingerprint256: string } | { readonly clientId: string },
  ): Promise<CertificateStatus[]> {
    const rows =
      'clientId' in by
        ? await this.#database.all<StatusRow>(
            `SELECT ${statusColumns} FROM certificates WHERE client_id = ? AND revoked_at IS NOT NULL`,
            [by.clientId],
          )
        : await this.#database.all<StatusRow>(
            `SELECT ${statusColumns} FROM certificates WHERE fingerprint256 = ?`,
            [by.fingerprint256],
          );
    return rows.map(statusFromRow);
  }

  async findStatus(authorityId: string, serialNumber: string): Promise<CertificateStatus | undefined> {
    if (!storable(serialNumber)) return undefined;
    const [row] = await this.#database.all<StatusRow>(
      `SELECT ${statusColumns} FROM certificates WHERE authority_id = ? AND serial_number = ?`,
      [authorityId, serialNumber],
    );
    return row === undefined ? undefined : statusFromRow(row);
  }
}

/** Replaces the CRL with the number `previous`, or adds the first one: how many rows that changed, 0 or 1. */
export function writeCrl(
  transaction: Transaction,
  crl: PublishedCrl,
  previous: number | undefined,
): Promise<number> {
  const values = [
    crl.number,
    crl.thisUpdate,
    crl.nextUpdate,
    crl.scheduledNumber,
    crl.scheduledAt,
    crl.baseNumber,
    crl.baseAt,
    crl.complete,
    crl.delta,
  ];
  const scope = [crl.authorityId, crl.partition];
  return previous === undefined
    ? transaction.run(
        `INSERT INTO crls (authority_id, crl_partition, ${crlColumns})
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        [...scope, ...values],
      )
    : transaction.run(
        `UPDATE crls SET number = ?, this_update = ?, next_update = ?, scheduled_number = ?, scheduled_at = ?,
           base_number = ?, base_at = ?, complete = ?, delta = ?
         WHERE authority_id = ? AND crl_partition = ? AND number = ?`,
        [...values, ...scope, previous],
      );
}

function statusFromRow(row: StatusRow): CertificateStatus {
  return {
    authorityId: row.authority_id,
    partition: row.crl_partition,
    fingerprint256: row.fingerprint256,
    serialNumber: row.serial_number,
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
    ...(row.revoked_at === null
      ? {}
      : {
          revoked: {
            at: row.revoked_at,
            reason: (row.revocation_reason ?? 'unspecified') as RevocationReason,
          },
        }),
  };
}

function crlFromRow(row: CrlRow): PublishedCrl {
  return {
    authorityId: row.authority_id,
    partition: row.crl_partition,
    number: row.number,
    thisUpdate: row.this_update,
    nextUpdate: row.next_update,
    scheduledNumber: row.scheduled_number,
    scheduledAt: row.scheduled_at,
    baseNumber: row.base_number,
    baseAt: row.base_at,
    complete: row.complete,
    delta: row.delta,
  };
}
