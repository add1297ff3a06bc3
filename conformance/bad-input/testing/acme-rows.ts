import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What the server does by itself, such as making certificates for its OCSP responder, is not counted. */
const counted = [
  'acme_accounts',
  'acme_external_keys',
  'acme_orders',
  'acme_authorizations',
  `certificates WHERE fingerprint256 NOT IN
     (SELECT object_id FROM events WHERE act = 'certificate.issued' AND actor = 'system')`,
  'credentials',
  `events WHERE actor <> 'system'`,
] as const;

/** What is on record in the database of a running server: how many rows each table has, and each order's certificate. */
function rows(data: string): object {
  const database = new DatabaseSync(join(data, 'mortise.db'), { readOnly: true });
  try {
    const counts = counted.map((rows) => [
      rows,
      database.prepare(`SELECT count(*) AS count FROM ${rows}`).get()!['count'],
    ]);
    const finalized = database
      .prepare('SELECT id, certificate FROM acme_orders WHERE certificate IS NOT NULL ORDER BY id')
      .all();
    return { ...Object.fromEntries(counts), finalized };
  } finally {
    database.close();
  }
}

/** Fails if an act leaves anything behind: a row of any kind, an event, a certificate. */
export async function leavesNothing<Result>(data: string, act: () => Promise<Result>): Promise<Result> {
  const before = rows(data);
  const result = await act();
  assert.deepEqual(rows(data), before);
  return result;
}

/** Fails if an authorization stands without an order, or a certificate of an ACME account without one. */
export function hasNoOrphans(data: string, preAuthorizations = 0): void {
  const database = new DatabaseSync(join(data, 'mortise.db'), { readOnly: true });
  try {
    const read = (sql: string): Record<string, unknown>[] => database.prepare(sql).all();
    const wanted = new Set(
      read('SELECT authorization_ids FROM acme_orders').flatMap(
        (row) => JSON.parse(String(row['authorization_ids'])) as string[],
      ),
    );
    const there = read('SELECT id FROM acme_authorizations').map(({ id }) => String(id));
    assert.equal(there.filter((id) => !wanted.has(id)).length, preAuthorizations);
    const issued = read(
      `SELECT object_id AS id FROM events WHERE act = 'certificate.issued' AND actor LIKE 'account:%' ORDER BY id`,
    );
    const ordered = read(
      'SELECT certificate AS id FROM acme_orders WHERE certificate IS NOT NULL ORDER BY certificate',
    );
    assert.deepEqual(issued, ordered);
  } finally {
    database.close();
  }
}
