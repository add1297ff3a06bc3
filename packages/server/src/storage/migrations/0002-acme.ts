import type { Migration } from './migration.ts';

/** Times are epoch milliseconds; lists and structures are JSON. */
export const acme: Migration = {
  version: 2,
  name: 'ACME: accounts, external account keys, orders, authorizations',
  statements: [
    `CREATE TABLE acme_accounts (
      id TEXT PRIMARY KEY,
      profile TEXT NOT NULL,
      thumbprint TEXT NOT NULL,
      jwk TEXT NOT NULL,
      spki_sha256 TEXT NOT NULL,
      status TEXT NOT NULL,
      contact TEXT NOT NULL,
      terms_of_service_agreed INTEGER NOT NULL,
      external_account_binding TEXT,
      client_id TEXT REFERENCES clients (client_id),
      created_at INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      UNIQUE (profile, thumbprint)
    )`,
    `CREATE INDEX acme_accounts_by_key ON acme_accounts (spki_sha256)`,
    `CREATE INDEX acme_accounts_by_client ON acme_accounts (client_id)`,
    `CREATE TABLE acme_external_keys (
      kid TEXT PRIMARY KEY,
      client_id TEXT NOT NULL REFERENCES clients (client_id),
      profile TEXT NOT NULL,
      sealed_key BLOB NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      used_at INTEGER,
      account_id TEXT
    )`,
    // Used ones are many, and stay; only the others are listed and swept.
    `CREATE INDEX acme_external_keys_by_client ON acme_external_keys (client_id, kid) WHERE used_at IS NULL`,
    `CREATE INDEX acme_external_keys_by_expiry ON acme_external_keys (expires_at) WHERE used_at IS NULL`,
    `CREATE TABLE acme_orders (
      id TEXT PRIMARY KEY,
      account_id TEXT NOT NULL REFERENCES acme_accounts (id),
      identifiers TEXT NOT NULL,
      authorization_ids TEXT NOT NULL,
      not_before INTEGER,
      not_after INTEGER,
      expires_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      certificate TEXT UNIQUE REFERENCES certificates (fingerprint256),
      replaces TEXT,
      replaces_id TEXT
    )`,
    `CREATE INDEX acme_orders_by_account ON acme_orders (account_id, created_at, id)`,
    `CREATE INDEX acme_orders_by_replaced ON acme_orders (replaces)`,
    `CREATE INDEX acme_orders_by_expiry ON acme_orders (expires_at)`,
    `CREATE TABLE acme_authorizations (
      id TEXT PRIMARY KEY,
      account_id TEXT NOT NULL REFERENCES acme_accounts (id),
      identifier_type TEXT NOT NULL,
      identifier_value TEXT NOT NULL,
      wildcard INTEGER NOT NULL,
      status TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      challenges TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      attempt_due_at INTEGER,
      revision INTEGER NOT NULL
    )`,
    `CREATE INDEX acme_authorizations_by_identifier
       ON acme_authorizations (account_id, status, identifier_value, expires_at)`,
    `CREATE INDEX acme_authorizations_by_due ON acme_authorizations (attempt_due_at)`,
    `CREATE INDEX acme_authorizations_by_expiry ON acme_authorizations (expires_at)`,
    `CREATE INDEX certificates_by_key ON certificates (spki_sha256)`,
    // Asked of each key that is to be certified, and nearly always empty.
    `CREATE INDEX certificates_compromised ON certificates (spki_sha256)
       WHERE revocation_reason = 'key_compromise'`,
  ],
};
