import type { CertificateSighting, NodeRecord, NodeStore } from '../../revocation/index.ts';
import type { Database } from '../database.ts';

interface NodeRow {
  client_id: string;
  first_seen_at: number;
  last_seen_at: number;
  position: number;
}

interface SightingRow {
  node_client_id: string;
  x5t: string;
  client_id: string | null;
  last_seen_at: number;
  count: number;
}

/** What nodes report. */
export class NodeQueries implements NodeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async listNodes(): Promise<NodeRecord[]> {
    const rows = await this.#database.all<NodeRow>(
      'SELECT client_id, first_seen_at, last_seen_at, position FROM nodes ORDER BY client_id',
    );
    return rows.map((row) => ({
      clientId: row.client_id,
      firstSeenAt: row.first_seen_at,
      lastSeenAt: row.last_seen_at,
      position: row.position,
    }));
  }

  async record(batch: {
    readonly nodes: readonly NodeRecord[];
    readonly sightings: readonly CertificateSighting[];
  }): Promise<void> {
    if (batch.nodes.length === 0 && batch.sightings.length === 0) return;
    // In one order everywhere, so that two reports never wait for each other in a circle.
    const nodes = [...batch.nodes].sort((a, b) => compare(a.clientId, b.clientId));
    const sightings = [...batch.sightings].sort(
      (a, b) => compare(a.nodeClientId, b.nodeClientId) || compare(a.x5t, b.x5t),
    );
    await this.#database.transact(async (transaction) => {
      for (const node of nodes) {
        await transaction.run(
          `INSERT INTO nodes (client_id, first_seen_at, last_seen_at, position) VALUES (?, ?, ?, ?)
           ON CONFLICT (client_id) DO UPDATE SET
             first_seen_at = CASE WHEN nodes.first_seen_at < excluded.first_seen_at
               THEN nodes.first_seen_at ELSE excluded.first_seen_at END,
             last_seen_at = CASE WHEN nodes.last_seen_at > excluded.last_seen_at
               THEN nodes.last_seen_at ELSE excluded.last_seen_at END,
             position = CASE WHEN nodes.position > excluded.position
               THEN nodes.position ELSE excluded.position END`,
          [node.clientId, node.firstSeenAt, node.lastSeenAt, node.position],
        );
      }
      for (const sighting of sightings) {
        await transaction.run(
          `INSERT INTO sightings (node_client_id, x5t, client_id, last_seen_at, count) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (node_client_id, x5t) DO UPDATE SET
             client_id = CASE WHEN sightings.last_seen_at > excluded.last_seen_at
               THEN sightings.client_id ELSE excluded.client_id END,
             last_seen_at = CASE WHEN sightings.last_seen_at > excluded.last_seen_at
               THEN sightings.last_seen_at ELSE excluded.last_seen_at END,
             count = sightings.count + excluded.count`,
          [
            sighting.nodeClientId,
            sighting.x5t,
            sighting.clientId ?? null,
            sighting.lastSeenAt,
            sighting.count,
          ],
        );
      }
    });
  }

  removeNode(clientId: string): Promise<boolean> {
    return this.#database.transact(async (transaction) => {
      await transaction.run('DELETE FROM sightings WHERE node_client_id = ?', [clientId]);
      return (await transaction.run('DELETE FROM nodes WHERE client_id = ?', [clientId])) === 1;
    });
  }

  async listSightings(page: {
    readonly after?: { readonly nodeClientId: string; readonly x5t: string };
    readonly limit: number;
  }): Promise<CertificateSighting[]> {
    const rows = await this.#database.all<SightingRow>(
      `SELECT node_client_id, x5t, client_id, last_seen_at, count FROM sightings
       WHERE (node_client_id, x5t) > (?, ?) ORDER BY node_client_id, x5t LIMIT ?`,
      [page.after?.nodeClientId ?? '', page.after?.x5t ?? '', page.limit],
    );
    return rows.map((row) => ({
      nodeClientId: row.node_client_id,
      x5t: row.x5t,
      ...(row.client_id === null ? {} : { clientId: row.client_id }),
      lastSeenAt: row.last_seen_at,
      count: row.count,
    }));
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
