import type { AcmeAccount, Authorization, ExternalAccountKey, Order } from '../../acme/index.ts';
import type { Value } from '../database.ts';

export interface AccountRow {
  id: string;
  profile: string;
  thumbprint: string;
  jwk: string;
  spki_sha256: string;
  status: string;
  contact: string;
  terms_of_service_agreed: number;
  external_account_binding: string | null;
  client_id: string | null;
  created_at: number;
  revision: number;
}

export const accountColumns = `id, profile, thumbprint, jwk, spki_sha256, status, contact, terms_of_service_agreed,
  external_account_binding, client_id, created_at, revision`;

export function accountFromRow(row: AccountRow): AcmeAccount {
  return {
    id: row.id,
    profile: row.profile as AcmeAccount['profile'],
    thumbprint: row.thumbprint,
    jwk: JSON.parse(row.jwk) as AcmeAccount['jwk'],
    spkiSha256: row.spki_sha256,
    status: row.status as AcmeAccount['status'],
    contact: JSON.parse(row.contact) as string[],
    termsOfServiceAgreed: row.terms_of_service_agreed === 1,
    ...(row.external_account_binding === null
      ? {}
      : {
          externalAccountBinding: JSON.parse(row.external_account_binding) as NonNullable<
            AcmeAccount['externalAccountBinding']
          >,
        }),
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
    createdAt: row.created_at,
    revision: row.revision,
  };
}

export function accountValues(account: AcmeAccount): Value[] {
  const { externalAccountBinding: binding } = account;
  return [
    account.id,
    account.profile,
    account.thumbprint,
    JSON.stringify(account.jwk),
    account.spkiSha256,
    account.status,
    JSON.stringify(account.contact),
    account.termsOfServiceAgreed ? 1 : 0,
    binding === undefined ? null : JSON.stringify(binding),
    account.clientId ?? null,
    account.createdAt,
    account.revision,
  ];
}

export interface ExternalKeyRow {
  kid: string;
  client_id: string;
  profile: string;
  sealed_key: Buffer;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export const externalKeyColumns = 'kid, client_id, profile, sealed_key, created_at, expires_at, used_at';

export function externalKeyFromRow(row: ExternalKeyRow): ExternalAccountKey {
  return {
    kid: row.kid,
    clientId: row.client_id,
    profile: row.profile as ExternalAccountKey['profile'],
    sealedKey: row.sealed_key,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.used_at === null ? {} : { usedAt: row.used_at }),
  };
}

export interface OrderRow {
  id: string;
  account_id: string;
  identifiers: string;
  authorization_ids: string;
  not_before: number | null;
  not_after: number | null;
  expires_at: number;
  created_at: number;
  certificate: string | null;
  replaces: string | null;
  replaces_id: string | null;
}

export const orderColumns = `id, account_id, identifiers, authorization_ids, not_before, not_after, expires_at, created_at,
  certificate, replaces, replaces_id`;

export function orderFromRow(row: OrderRow): Order {
  return {
    id: row.id,
    accountId: row.account_id,
    identifiers: JSON.parse(row.identifiers) as Order['identifiers'],
    authorizationIds: JSON.parse(row.authorization_ids) as string[],
    ...(row.not_before === null ? {} : { notBefore: row.not_before }),
    ...(row.not_after === null ? {} : { notAfter: row.not_after }),
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    ...(row.certificate === null ? {} : { certificate: row.certificate }),
    ...(row.replaces === null || row.replaces_id === null
      ? {}
      : { replaces: { fingerprint256: row.replaces, certificateId: row.replaces_id } }),
  };
}

export function orderValues(order: Order): Value[] {
  return [
    order.id,
    order.accountId,
    JSON.stringify(order.identifiers),
    JSON.stringify(order.authorizationIds),
    order.notBefore ?? null,
    order.notAfter ?? null,
    order.expiresAt,
    order.createdAt,
    order.certificate ?? null,
    order.replaces?.fingerprint256 ?? null,
    order.replaces?.certificateId ?? null,
  ];
}

export interface AuthorizationRow {
  id: string;
  account_id: string;
  identifier_type: string;
  identifier_value: string;
  wildcard: number;
  status: string;
  expires_at: number;
  created_at: number;
  challenges: string;
  attempts: number;
  attempt_due_at: number | null;
  revision: number;
}

export const authorizationColumns = `id, account_id, identifier_type, identifier_value, wildcard, status, expires_at,
  created_at, challenges, attempts, attempt_due_at, revision`;

export function authorizationFromRow(row: AuthorizationRow): Authorization {
  return {
    id: row.id,
    accountId: row.account_id,
    identifier: { type: row.identifier_type as 'dns' | 'ip', value: row.identifier_value },
    wildcard: row.wildcard === 1,
    status: row.status as Authorization['status'],
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    challenges: JSON.parse(row.challenges) as Authorization['challenges'],
    attempts: row.attempts,
    ...(row.attempt_due_at === null ? {} : { attemptDueAt: row.attempt_due_at }),
    revision: row.revision,
  };
}

export function authorizationValues(authorization: Authorization): Value[] {
  return [
    authorization.id,
    authorization.accountId,
    authorization.identifier.type,
    authorization.identifier.value,
    authorization.wildcard ? 1 : 0,
    authorization.status,
    authorization.expiresAt,
    authorization.createdAt,
    JSON.stringify(authorization.challenges),
    authorization.attempts,
    authorization.attemptDueAt ?? null,
    authorization.revision,
  ];
}
