import type { Migration } from './migration.ts';

/** Times are epoch milliseconds; lists and structures are JSON. */
export const theJoint: Migration = {
  version: 1,
  name: 'the joint: clients, authorities, tokens, revocation, the feed',
  statements: [
    // What is so once for the whole instance, by name.
    `CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    )`,
    // Rows to hold where a check and an insert have to be one step on every node.
    `CREATE TABLE mutexes (
      name TEXT PRIMARY KEY
    )`,
    `INSERT INTO mutexes (name) VALUES ('authorities'), ('settings'), ('seals'), ('signing_keys')`,

    `CREATE TABLE events (
      sequence SEQUENCE,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      act TEXT NOT NULL,
      object_kind TEXT NOT NULL,
      object_id TEXT NOT NULL,
      client_id TEXT,
      data TEXT,
      denylist TEXT
    )`,
    `CREATE INDEX events_by_act ON events (act, at)`,
    // Everything up to to_sequence is final when it is sealed.
    `CREATE TABLE seals (
      to_sequence INTEGER PRIMARY KEY,
      from_sequence INTEGER NOT NULL UNIQUE,
      hash TEXT NOT NULL,
      signature TEXT NOT NULL,
      public_key TEXT NOT NULL,
      at INTEGER NOT NULL
    )`,
    `CREATE TABLE seal_keys (
      public_key TEXT PRIMARY KEY,
      sealed_private_key BLOB NOT NULL,
      created_at INTEGER NOT NULL
    )`,

    `CREATE TABLE clients (
      client_id TEXT PRIMARY KEY,
      client_name TEXT,
      status TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      token_endpoint_auth_method TEXT NOT NULL,
      previous_auth_method TEXT,
      previous_auth_method_until INTEGER,
      scope TEXT NOT NULL,
      default_scope TEXT,
      resources TEXT NOT NULL,
      certificate_bound INTEGER NOT NULL,
      access_token_lifetime_seconds INTEGER,
      tls_client_auth_kind TEXT,
      tls_client_auth_value TEXT,
      anchors TEXT NOT NULL,
      jwks_uri TEXT,
      legacy_assertion_audience INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      revision INTEGER NOT NULL
    )`,
    `CREATE TABLE matcher_claims (
      anchor TEXT NOT NULL,
      matcher TEXT NOT NULL,
      client_id TEXT NOT NULL REFERENCES clients (client_id),
      PRIMARY KEY (anchor, matcher)
    )`,
    `CREATE INDEX matcher_claims_by_client ON matcher_claims (client_id)`,
    // usable_until is the earliest of its ends, 0 once revoked; it finds the few that live among many that ended.
    `CREATE TABLE credentials (
      id TEXT PRIMARY KEY,
      client_id TEXT NOT NULL REFERENCES clients (client_id),
      kind TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked_at INTEGER,
      usable_until INTEGER NOT NULL,
      form TEXT,
      hint TEXT,
      secret BLOB,
      jwk TEXT,
      thumbprint TEXT,
      x5t TEXT UNIQUE,
      fingerprint256 TEXT,
      serial_number TEXT,
      subject TEXT,
      not_before INTEGER,
      not_after INTEGER,
      der BLOB,
      authority_id TEXT
    )`,
    `CREATE INDEX credentials_usable ON credentials (client_id, usable_until)`,
    `CREATE INDEX credentials_by_age ON credentials (client_id, created_at, id)`,
    `CREATE INDEX credentials_by_thumbprint ON credentials (client_id, thumbprint)`,
    `CREATE TABLE credential_uses (
      credential_id TEXT NOT NULL,
      thumbprint TEXT NOT NULL,
      scope TEXT NOT NULL,
      client_id TEXT NOT NULL,
      last_used_at INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (credential_id, thumbprint, scope)
    )`,
    `CREATE INDEX credential_uses_by_client ON credential_uses (client_id)`,

    `CREATE TABLE resources (
      identifier TEXT PRIMARY KEY,
      name TEXT,
      scopes TEXT NOT NULL,
      signing_algorithm TEXT NOT NULL,
      access_token_lifetime_seconds INTEGER,
      resource_servers TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      revision INTEGER NOT NULL
    )`,
    `CREATE TABLE resource_scopes (
      scope TEXT NOT NULL,
      identifier TEXT NOT NULL REFERENCES resources (identifier),
      PRIMARY KEY (scope, identifier)
    )`,
    `CREATE INDEX resource_scopes_by_resource ON resource_scopes (identifier)`,
    `CREATE TABLE resource_servers (
      client_id TEXT NOT NULL,
      identifier TEXT NOT NULL REFERENCES resources (identifier),
      PRIMARY KEY (client_id, identifier)
    )`,
    `CREATE INDEX resource_servers_by_resource ON resource_servers (identifier)`,

    `CREATE TABLE signing_keys (
      kid TEXT PRIMARY KEY,
      algorithm TEXT NOT NULL,
      public_jwk TEXT NOT NULL,
      sealed_private_key BLOB,
      created_at INTEGER NOT NULL,
      activates_at INTEGER NOT NULL,
      retired_at INTEGER,
      revoked_at INTEGER
    )`,
    // The hash is SHA-256 of client and jti, so that any jti fits and none is kept. They expire nearly in the order of their
    // ids, so that no index on the expiry has to be kept for each use.
    `CREATE TABLE assertion_uses (
      id SEQUENCE,
      use_hash BLOB NOT NULL UNIQUE,
      expires_at INTEGER NOT NULL
    )`,

    `CREATE TABLE authorities (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      parent_id TEXT REFERENCES authorities (id),
      key_type TEXT NOT NULL,
      subject TEXT NOT NULL,
      certificate BLOB NOT NULL,
      fingerprint256 TEXT NOT NULL UNIQUE,
      spki_sha256 TEXT NOT NULL,
      not_before INTEGER NOT NULL,
      not_after INTEGER NOT NULL,
      sealed_private_key BLOB,
      created_at INTEGER NOT NULL,
      revoked_at INTEGER
    )`,
    `CREATE TABLE certificates (
      fingerprint256 TEXT PRIMARY KEY,
      x5t TEXT NOT NULL,
      serial_number TEXT NOT NULL,
      authority_id TEXT NOT NULL REFERENCES authorities (id),
      profile TEXT NOT NULL,
      client_id TEXT REFERENCES clients (client_id),
      credential_id TEXT,
      subject TEXT NOT NULL,
      names TEXT NOT NULL,
      spki_sha256 TEXT NOT NULL,
      certificate BLOB NOT NULL,
      not_before INTEGER NOT NULL,
      not_after INTEGER NOT NULL,
      issued_at INTEGER NOT NULL,
      revoked_at INTEGER,
      revocation_reason TEXT,
      UNIQUE (authority_id, serial_number)
    )`,
    // Each index that holds a certificate is another page to write when it is issued.
    `CREATE INDEX certificates_by_client ON certificates (client_id, fingerprint256) WHERE client_id IS NOT NULL`,

    `CREATE TABLE denylist (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      has_epoch INTEGER NOT NULL,
      epoch INTEGER,
      expires_at INTEGER,
      client_id TEXT,
      sequence INTEGER NOT NULL,
      PRIMARY KEY (kind, id, has_epoch)
    )`,
    `CREATE INDEX denylist_by_expiry ON denylist (expires_at)`,
    `CREATE TABLE nodes (
      client_id TEXT PRIMARY KEY,
      first_seen_at INTEGER NOT NULL,
      last_seen_at INTEGER NOT NULL,
      position INTEGER NOT NULL
    )`,
    `CREATE TABLE sightings (
      node_client_id TEXT NOT NULL,
      x5t TEXT NOT NULL,
      client_id TEXT,
      last_seen_at INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (node_client_id, x5t)
    )`,
  ],
};
