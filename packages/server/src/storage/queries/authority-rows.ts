import type {
  AuthorityKeyType,
  AuthorityKind,
  AuthorityRecord,
  AuthorityRequest,
  AuthorityRules,
  AuthorityState,
  RevocationReason,
  SignerKind,
} from '../../authority/index.ts';
import type { Transaction } from '../database.ts';

export interface AuthorityRow {
  id: string;
  name: string;
  kind: string;
  state: string;
  signer: string;
  key_location: string | null;
  parent_id: string | null;
  key_type: string;
  subject: string;
  certificate: Buffer;
  fingerprint256: string;
  spki_sha256: string;
  not_before: number;
  not_after: number;
  sealed_private_key: Buffer | null;
  created_at: number;
  revoked_at: number | null;
  revocation_reason: string | null;
}

export const authorityColumns = `id, name, kind, state, signer, key_location, parent_id, key_type, subject, certificate,
  fingerprint256, spki_sha256, not_before, not_after, sealed_private_key, created_at, revoked_at, revocation_reason`;

export function authorityFromRow(row: AuthorityRow): AuthorityRecord {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as AuthorityKind,
    state: row.state as AuthorityState,
    signer: row.signer as SignerKind,
    ...(row.key_location === null ? {} : { keyLocation: row.key_location }),
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    keyType: row.key_type as AuthorityKeyType,
    subject: row.subject,
    certificate: row.certificate,
    fingerprint256: row.fingerprint256,
    spkiSha256: row.spki_sha256,
    notBefore: row.not_before,
    notAfter: row.not_after,
    ...(row.sealed_private_key === null ? {} : { sealedPrivateKey: row.sealed_private_key }),
    createdAt: row.created_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.revocation_reason === null
      ? {}
      : { revocationReason: row.revocation_reason as RevocationReason }),
  };
}

export async function insertAuthority(transaction: Transaction, authority: AuthorityRecord): Promise<void> {
  await transaction.run(
    `INSERT INTO authorities (${authorityColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      authority.id,
      authority.name,
      authority.kind,
      authority.state,
      authority.signer,
      authority.keyLocation ?? null,
      authority.parentId ?? null,
      authority.keyType,
      authority.subject,
      authority.certificate,
      authority.fingerprint256,
      authority.spkiSha256,
      authority.notBefore,
      authority.notAfter,
      authority.sealedPrivateKey ?? null,
      authority.createdAt,
      authority.revokedAt ?? null,
      authority.revocationReason ?? null,
    ],
  );
}

export interface RulesRow {
  name: string;
  profiles: string | null;
  clients: string | null;
  created_at: number;
  updated_at: number;
  revision: number;
}

export const rulesColumns = 'name, profiles, clients, created_at, updated_at, revision';

export function rulesFromRow(row: RulesRow): AuthorityRules {
  return {
    name: row.name,
    ...(row.profiles === null ? {} : { profiles: JSON.parse(row.profiles) as string[] }),
    ...(row.clients === null ? {} : { clients: JSON.parse(row.clients) as string[] }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}

/** Adds rules, or replaces those of this revision. Whether it did. */
export async function writeRules(
  transaction: Transaction,
  rules: AuthorityRules,
  expectedRevision: number,
): Promise<boolean> {
  const profiles = rules.profiles === undefined ? null : JSON.stringify(rules.profiles);
  const clients = rules.clients === undefined ? null : JSON.stringify(rules.clients);
  const changed =
    expectedRevision === 0
      ? await transaction.run(
          `INSERT INTO authority_rules (${rulesColumns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
          [rules.name, profiles, clients, rules.createdAt, rules.updatedAt, rules.revision],
        )
      : await transaction.run(
          `UPDATE authority_rules SET profiles = ?, clients = ?, updated_at = ?, revision = ?
           WHERE name = ? AND revision = ?`,
          [profiles, clients, rules.updatedAt, rules.revision, rules.name, expectedRevision],
        );
  return changed > 0;
}

export interface RequestRow {
  id: string;
  name: string;
  parent_id: string;
  key_type: string;
  subject: string;
  request: Buffer;
  signer: string;
  sealed_private_key: Buffer | null;
  key_location: string | null;
  created_at: number;
}

export const requestColumns = `id, name, parent_id, key_type, subject, request, signer, sealed_private_key,
  key_location, created_at`;

export function requestFromRow(row: RequestRow): AuthorityRequest {
  return {
    id: row.id,
    name: row.name,
    parentId: row.parent_id,
    keyType: row.key_type as AuthorityKeyType,
    subject: row.subject,
    request: row.request,
    signer: row.signer as AuthorityRequest['signer'],
    ...(row.sealed_private_key === null ? {} : { sealedPrivateKey: row.sealed_private_key }),
    ...(row.key_location === null ? {} : { keyLocation: row.key_location }),
    createdAt: row.created_at,
  };
}

export async function insertRequest(transaction: Transaction, request: AuthorityRequest): Promise<void> {
  await transaction.run(
    `INSERT INTO authority_requests (${requestColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      request.id,
      request.name,
      request.parentId,
      request.keyType,
      request.subject,
      request.request,
      request.signer,
      request.sealedPrivateKey ?? null,
      request.keyLocation ?? null,
      request.createdAt,
    ],
  );
}
