import type {
  AuthenticationMethod,
  ClientRecord,
  ClientStatus,
  TlsClientAuth,
  TrustAnchor,
} from '../../clients/index.ts';
import type { Value } from '../database.ts';

export interface ClientRow {
  client_id: string;
  client_name: string | null;
  status: string;
  epoch: number;
  token_endpoint_auth_method: string;
  previous_auth_method: string | null;
  previous_auth_method_until: number | null;
  scope: string;
  default_scope: string | null;
  resources: string;
  certificate_bound: number;
  access_token_lifetime_seconds: number | null;
  tls_client_auth_kind: string | null;
  tls_client_auth_value: string | null;
  anchors: string;
  jwks_uri: string | null;
  legacy_assertion_audience: number;
  created_at: number;
  updated_at: number;
  revision: number;
}

const changeable = [
  'client_name',
  'status',
  'epoch',
  'token_endpoint_auth_method',
  'previous_auth_method',
  'previous_auth_method_until',
  'scope',
  'default_scope',
  'resources',
  'certificate_bound',
  'access_token_lifetime_seconds',
  'tls_client_auth_kind',
  'tls_client_auth_value',
  'anchors',
  'jwks_uri',
  'legacy_assertion_audience',
  'created_at',
  'updated_at',
  'revision',
] as const;

export const clientColumns = `client_id, ${changeable.join(', ')}`;
/** For `clientValues`, then the client's id. */
export const clientAssignments = changeable.map((column) => `${column} = ?`).join(', ');
export const clientColumnCount = changeable.length + 1;

export function clientFromRow(row: ClientRow): ClientRecord {
  const previous =
    row.previous_auth_method === null || row.previous_auth_method_until === null
      ? undefined
      : {
          method: row.previous_auth_method as AuthenticationMethod,
          until: row.previous_auth_method_until,
        };
  const matcher =
    row.tls_client_auth_kind === null || row.tls_client_auth_value === null
      ? undefined
      : { kind: row.tls_client_auth_kind as TlsClientAuth['kind'], value: row.tls_client_auth_value };
  return {
    clientId: row.client_id,
    ...(row.client_name === null ? {} : { clientName: row.client_name }),
    status: row.status as ClientStatus,
    epoch: row.epoch,
    tokenEndpointAuthMethod: row.token_endpoint_auth_method as AuthenticationMethod,
    ...(previous === undefined ? {} : { previousAuthMethod: previous }),
    scope: JSON.parse(row.scope) as string[],
    ...(row.default_scope === null ? {} : { defaultScope: JSON.parse(row.default_scope) as string[] }),
    resources: JSON.parse(row.resources) as string[],
    certificateBoundAccessTokens: row.certificate_bound === 1,
    ...(row.access_token_lifetime_seconds === null
      ? {}
      : { accessTokenLifetimeSeconds: row.access_token_lifetime_seconds }),
    ...(matcher === undefined ? {} : { tlsClientAuth: matcher }),
    anchors: (JSON.parse(row.anchors) as StoredAnchor[]).map(anchorFromStored),
    ...(row.jwks_uri === null ? {} : { jwksUri: row.jwks_uri }),
    legacyAssertionAudience: row.legacy_assertion_audience === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}

/** In the order of `clientAssignments`. */
export function clientValues(client: ClientRecord): Value[] {
  return [
    client.clientName ?? null,
    client.status,
    client.epoch,
    client.tokenEndpointAuthMethod,
    client.previousAuthMethod?.method ?? null,
    client.previousAuthMethod?.until ?? null,
    JSON.stringify(client.scope),
    client.defaultScope === undefined ? null : JSON.stringify(client.defaultScope),
    JSON.stringify(client.resources),
    client.certificateBoundAccessTokens ? 1 : 0,
    client.accessTokenLifetimeSeconds ?? null,
    client.tlsClientAuth?.kind ?? null,
    client.tlsClientAuth?.value ?? null,
    JSON.stringify(client.anchors.map(storedAnchor)),
    client.jwksUri ?? null,
    client.legacyAssertionAudience ? 1 : 0,
    client.createdAt,
    client.updatedAt,
    client.revision,
  ];
}

/** An anchor in JSON: its DER in base64. */
interface StoredAnchor {
  readonly id: string;
  readonly certificate?: string;
  readonly subject: string;
  readonly spki: string;
  readonly spkiSha256: string;
}

function storedAnchor(anchor: TrustAnchor): StoredAnchor {
  return {
    id: anchor.id,
    ...(anchor.certificate === undefined ? {} : { certificate: anchor.certificate.toString('base64') }),
    subject: anchor.subject.toString('base64'),
    spki: anchor.spki.toString('base64'),
    spkiSha256: anchor.spkiSha256,
  };
}

function anchorFromStored(anchor: StoredAnchor): TrustAnchor {
  return {
    id: anchor.id,
    ...(anchor.certificate === undefined ? {} : { certificate: Buffer.from(anchor.certificate, 'base64') }),
    subject: Buffer.from(anchor.subject, 'base64'),
    spki: Buffer.from(anchor.spki, 'base64'),
    spkiSha256: anchor.spkiSha256,
  };
}
