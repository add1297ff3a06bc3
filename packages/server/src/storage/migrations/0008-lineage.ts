import type { Migration } from './migration.ts';

/**
 * How many tokens end when, by the certificate they are bound to: slots of a minute or more, so few rows for each certificate
 * in use. Times are epoch milliseconds.
 */
export const lineage: Migration = {
  version: 8,
  name: 'live tokens by certificate',
  statements: [
    `CREATE TABLE token_ends (
      credential_id TEXT NOT NULL,
      thumbprint TEXT NOT NULL,
      ends_at INTEGER NOT NULL,
      client_id TEXT NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (credential_id, thumbprint, ends_at)
    )`,
    `CREATE INDEX token_ends_by_client ON token_ends (client_id, ends_at)`,
    `CREATE INDEX token_ends_by_end ON token_ends (ends_at)`,
    `CREATE INDEX certificates_by_client_issue ON certificates (client_id, issued_at) WHERE client_id IS NOT NULL`,
  ],
};
