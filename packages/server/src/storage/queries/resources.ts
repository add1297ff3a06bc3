import type { Resource, ResourceSigningAlgorithm, ResourceStore, StoreOutcome } from '../../clients/index.ts';
import type { Event, EventDraft } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { storable } from './storable.ts';

interface ResourceRow {
  identifier: string;
  name: string | null;
  scopes: string;
  signing_algorithm: string;
  access_token_lifetime_seconds: number | null;
  resource_servers: string;
  created_at: number;
  updated_at: number;
  revision: number;
}

const columns = `r.identifier, r.name, r.scopes, r.signing_algorithm, r.access_token_lifetime_seconds, r.resource_servers,
  r.created_at, r.updated_at, r.revision`;

/** Resources, found by scope and by resource server through tables of their own. */
export class ResourceQueries implements ResourceStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async find(identifier: string): Promise<Resource | undefined> {
    if (!storable(identifier)) return undefined;
    const [row] = await this.#acts.database.all<ResourceRow>(
      `SELECT ${columns} FROM resources r WHERE r.identifier = ?`,
      [identifier],
    );
    return row === undefined ? undefined : resourceFromRow(row);
  }

  async list(page: { readonly after?: string; readonly limit: number }): Promise<Resource[]> {
    const after = page.after ?? '';
    if (!storable(after)) return [];
    const rows = await this.#acts.database.all<ResourceRow>(
      `SELECT ${columns} FROM resources r WHERE r.identifier > ? ORDER BY r.identifier LIMIT ?`,
      [after, page.limit],
    );
    return rows.map(resourceFromRow);
  }

  async byScope(scope: string): Promise<Resource[]> {
    if (!storable(scope)) return [];
    const rows = await this.#acts.database.all<ResourceRow>(
      `SELECT ${columns} FROM resource_scopes s JOIN resources r ON r.identifier = s.identifier
       WHERE s.scope = ? ORDER BY r.identifier`,
      [scope],
    );
    return rows.map(resourceFromRow);
  }

  async byResourceServer(clientId: string): Promise<Resource[]> {
    if (!storable(clientId)) return [];
    const rows = await this.#acts.database.all<ResourceRow>(
      `SELECT ${columns} FROM resource_servers s JOIN resources r ON r.identifier = s.identifier
       WHERE s.client_id = ? ORDER BY r.identifier`,
      [clientId],
    );
    return rows.map(resourceFromRow);
  }

  create(
    resource: Resource,
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'resource_exists' }>> {
    return this.#acts.act(async (transaction) => {
      const inserted = await transaction.run(
        `INSERT INTO resources (identifier, name, scopes, signing_algorithm, access_token_lifetime_seconds,
           resource_servers, created_at, updated_at, revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identifier) DO NOTHING`,
        [
          resource.identifier,
          resource.name ?? null,
          JSON.stringify(resource.scopes),
          resource.signingAlgorithm,
          resource.accessTokenLifetimeSeconds ?? null,
          JSON.stringify(resource.resourceServers),
          resource.createdAt,
          resource.updatedAt,
          resource.revision,
        ],
      );
      if (inserted === 0) undo({ done: false, conflict: { code: 'resource_exists' } });
      await index(transaction, resource);
      return { events, outcome: lastOf };
    });
  }

  update(
    change: { readonly resource: Resource; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'stale' | 'resource_unknown' }>> {
    return this.#acts.act(async (transaction) => {
      const { resource } = change;
      const [held] = await transaction.all<{ revision: number }>(
        'SELECT revision FROM resources WHERE identifier = ? FOR UPDATE',
        [resource.identifier],
      );
      if (held === undefined) undo({ done: false, conflict: { code: 'resource_unknown' } });
      else if (held.revision !== change.expectedRevision) undo({ done: false, conflict: { code: 'stale' } });
      await transaction.run(
        `UPDATE resources SET name = ?, scopes = ?, signing_algorithm = ?, access_token_lifetime_seconds = ?,
           resource_servers = ?, created_at = ?, updated_at = ?, revision = ? WHERE identifier = ?`,
        [
          resource.name ?? null,
          JSON.stringify(resource.scopes),
          resource.signingAlgorithm,
          resource.accessTokenLifetimeSeconds ?? null,
          JSON.stringify(resource.resourceServers),
          resource.createdAt,
          resource.updatedAt,
          resource.revision,
          resource.identifier,
        ],
      );
      await transaction.run('DELETE FROM resource_scopes WHERE identifier = ?', [resource.identifier]);
      await transaction.run('DELETE FROM resource_servers WHERE identifier = ?', [resource.identifier]);
      await index(transaction, resource);
      return { events, outcome: lastOf };
    });
  }
}

function lastOf(written: readonly Event[]): { done: true; event: Event } {
  return { done: true, event: written[written.length - 1] as Event };
}

async function index(transaction: Transaction, resource: Resource): Promise<void> {
  for (const scope of new Set(resource.scopes)) {
    await transaction.run('INSERT INTO resource_scopes (scope, identifier) VALUES (?, ?)', [
      scope,
      resource.identifier,
    ]);
  }
  for (const clientId of new Set(resource.resourceServers)) {
    await transaction.run('INSERT INTO resource_servers (client_id, identifier) VALUES (?, ?)', [
      clientId,
      resource.identifier,
    ]);
  }
}

function resourceFromRow(row: ResourceRow): Resource {
  return {
    identifier: row.identifier,
    ...(row.name === null ? {} : { name: row.name }),
    scopes: JSON.parse(row.scopes) as string[],
    signingAlgorithm: row.signing_algorithm as ResourceSigningAlgorithm,
    ...(row.access_token_lifetime_seconds === null
      ? {}
      : { accessTokenLifetimeSeconds: row.access_token_lifetime_seconds }),
    resourceServers: JSON.parse(row.resource_servers) as string[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}
