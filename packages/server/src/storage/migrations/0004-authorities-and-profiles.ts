import type { Migration } from './migration.ts';

/** Several authorities, each with its own rules; what certificates may hold. */
export const authoritiesAndProfiles: Migration = {
  version: 4,
  name: 'authorities by name, their rules, requests for their certificates; profiles',
  statements: [
    `ALTER TABLE authorities ADD COLUMN name TEXT NOT NULL DEFAULT 'main'`,
    `ALTER TABLE authorities ADD COLUMN state TEXT NOT NULL DEFAULT 'active'`,
    `ALTER TABLE authorities ADD COLUMN signer TEXT NOT NULL DEFAULT 'file'`,
    // Where a key is that is neither here nor in a file: a PKCS #11 URI.
    `ALTER TABLE authorities ADD COLUMN key_location TEXT`,
    // Lists are JSON; null for no limit.
    `CREATE TABLE authority_rules (
      name TEXT PRIMARY KEY,
      profiles TEXT,
      clients TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      revision INTEGER NOT NULL
    )`,
    // An intermediate whose certificate an offline root has still to sign.
    `CREATE TABLE authority_requests (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      parent_id TEXT NOT NULL REFERENCES authorities (id),
      key_type TEXT NOT NULL,
      subject TEXT NOT NULL,
      request BLOB NOT NULL,
      signer TEXT NOT NULL,
      sealed_private_key BLOB,
      key_location TEXT,
      created_at INTEGER NOT NULL
    )`,
    `CREATE TABLE profiles (
      name TEXT PRIMARY KEY,
      definition TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      revision INTEGER NOT NULL
    )`,
  ],
};
