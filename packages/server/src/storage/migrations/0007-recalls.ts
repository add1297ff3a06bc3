import type { Migration } from './migration.ts';

/** Which certificates shall be replaced now. Times are epoch milliseconds; `filter` is JSON. */
export const recalls: Migration = {
  version: 7,
  name: 'recalls of certificates',
  statements: [
    `CREATE TABLE recalls (
      id TEXT PRIMARY KEY,
      filter TEXT NOT NULL,
      explanation_url TEXT,
      created_at INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      ended_at INTEGER
    )`,
    // By the names alone only where no client tells the lineage; their beginning, because an index entry has a limit.
    `CREATE INDEX certificates_by_names ON certificates (substr(names, 1, 255), issued_at) WHERE client_id IS NULL`,
  ],
};
