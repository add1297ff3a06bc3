import type { CrlPartitionStore } from '../../authority/index.ts';
import type { Database } from '../database.ts';

/** Room on CRLs. Whoever reserves some holds the authority's row, so that no two nodes begin the same partition. */
export class CrlPartitionQueries implements CrlPartitionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  reserve(act: {
    readonly authorityId: string;
    readonly baseUrl: string;
    readonly count: number;
    readonly capacity: number;
  }): Promise<{ readonly partition: number; readonly count: number }> {
    const { authorityId, baseUrl, capacity } = act;
    return this.#database.transact(async (transaction) => {
      await transaction.all('SELECT id FROM authorities WHERE id = ? FOR UPDATE', [authorityId]);
      const [newest] = await transaction.all<{ crl_partition: number; base_url: string; reserved: number }>(
        `SELECT crl_partition, base_url, reserved FROM crl_partitions WHERE authority_id = ?
         ORDER BY crl_partition DESC LIMIT 1`,
        [authorityId],
      );
      if (newest !== undefined && newest.base_url === baseUrl && newest.reserved < capacity) {
        const count = Math.min(act.count, capacity - newest.reserved);
        await transaction.run(
          'UPDATE crl_partitions SET reserved = reserved + ? WHERE authority_id = ? AND crl_partition = ?',
          [count, authorityId, newest.crl_partition],
        );
        return { partition: newest.crl_partition, count };
      }
      const partition = (newest?.crl_partition ?? 0) + 1;
      const count = Math.min(act.count, capacity);
      await transaction.run(
        'INSERT INTO crl_partitions (authority_id, crl_partition, base_url, reserved) VALUES (?, ?, ?, ?)',
        [authorityId, partition, baseUrl, count],
      );
      return { partition, count };
    });
  }
}
