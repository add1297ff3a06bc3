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
    `CREATE INDEX certificates_by_issue ON certificates (issued_at)`,
  ],
};
