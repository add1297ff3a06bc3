import type { Migration } from './migration.ts';

/** Which CRL a certificate is listed on, and the CRLs as they were last published. */
export const revocationPublishing: Migration = {
  version: 3,
  name: 'revocation publishing: partitions and CRLs',
  statements: [
    `ALTER TABLE certificates ADD COLUMN crl_partition INTEGER NOT NULL DEFAULT 0`,
    // When a hold was last ended.
    `ALTER TABLE certificates ADD COLUMN released_at INTEGER`,
    `CREATE INDEX certificates_revoked ON certificates (authority_id, crl_partition) WHERE revoked_at IS NOT NULL`,
    `CREATE INDEX certificates_released ON certificates (authority_id, crl_partition) WHERE released_at IS NOT NULL`,
    `CREATE TABLE crl_partitions (
      authority_id TEXT NOT NULL REFERENCES authorities (id),
      crl_partition INTEGER NOT NULL,
      base_url TEXT NOT NULL,
      reserved INTEGER NOT NULL,
      PRIMARY KEY (authority_id, crl_partition)
    )`,
    `CREATE TABLE crls (
      authority_id TEXT NOT NULL REFERENCES authorities (id),
      crl_partition INTEGER NOT NULL,
      number INTEGER NOT NULL,
      this_update INTEGER NOT NULL,
      next_update INTEGER NOT NULL,
      scheduled_number INTEGER NOT NULL,
      scheduled_at INTEGER NOT NULL,
      base_number INTEGER NOT NULL,
      base_at INTEGER NOT NULL,
      complete BLOB NOT NULL,
      delta BLOB NOT NULL,
      PRIMARY KEY (authority_id, crl_partition)
    )`,
    `CREATE INDEX crls_by_schedule ON crls (scheduled_at)`,
  ],
};
