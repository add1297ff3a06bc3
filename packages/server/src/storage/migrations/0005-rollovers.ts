import type { Migration } from './migration.ts';

/** The replacement of roots, and which roots everybody has reported to trust. */
export const rollovers: Migration = {
  version: 5,
  name: 'rollovers of roots; reports of trust',
  statements: [
    `CREATE TABLE rollovers (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      old_root_id TEXT NOT NULL REFERENCES authorities (id),
      new_root_id TEXT NOT NULL REFERENCES authorities (id),
      new_by_old BLOB,
      old_by_new BLOB NOT NULL,
      waived TEXT NOT NULL,
      published_at INTEGER NOT NULL,
      switched_at INTEGER,
      revision INTEGER NOT NULL
    )`,
    `CREATE TABLE trust_reports (
      client_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      instance TEXT NOT NULL,
      anchors TEXT NOT NULL,
      reported_at INTEGER NOT NULL,
      PRIMARY KEY (client_id, kind, instance)
    )`,
  ],
};
