import type { JsonObject, JsonValue } from '../events/index.ts';
import type { AuthenticationMethod, Client, ClientRecord } from './client.ts';
import type { Credential } from './credential.ts';
import { keySetOf } from './key-sets.ts';
import { kindOf } from './matchers/matchers.ts';
import { trustAnchorMetadata } from './trust-anchors.ts';

/** A new secret, in the one moment in which it is known. */
export interface NewSecret {
  readonly credentialId: string;
  readonly clientSecret: string;
  /** Epoch milliseconds; absent: no end. */
  readonly expiresAt?: number;
}

/** The methods that authenticate the client at `now`: the registered one, then a former one during a move. */
export function methodsOf(client: ClientRecord, now: number): AuthenticationMethod[] {
  const previous = client.previousAuthMethod;
  return previous !== undefined && now < previous.until
    ? [client.tokenEndpointAuthMethod, previous.method]
    : [client.tokenEndpointAuthMethod];
}

/** The metadata that registers this client again, as `readRegistration` takes it. A move that is over is left out. */
export function registrationMetadata(client: Client, now: number): JsonObject {
  const move = client.previousAuthMethod !== undefined && now < client.previousAuthMethod.until;
  const jwks = keySetOf(client.credentials);
  return {
    client_id: client.clientId,
    ...(client.clientName === undefined ? {} : { client_name: client.clientName }),
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    ...(move
      ? {
          previous_token_endpoint_auth_method: client.previousAuthMethod.method,
          previous_token_endpoint_auth_method_expires_at: seconds(client.previousAuthMethod.until),
        }
      : {}),
    grant_types: ['client_credentials'],
    response_types: [],
    scope: client.scope.join(' '),
    ...(client.defaultScope === undefined ? {} : { default_scope: client.defaultScope.join(' ') }),
    resources: client.resources,
    tls_client_certificate_bound_access_tokens: client.certificateBoundAccessTokens,
    ...(client.accessTokenLifetimeSeconds === undefined
      ? {}
      : { access_token_lifetime_seconds: client.accessTokenLifetimeSeconds }),
    ...(client.tlsClientAuth === undefined
      ? {}
      : { [kindOf(client.tlsClientAuth).member]: client.tlsClientAuth.value }),
    ...(client.anchors.length === 0
      ? {}
      : { tls_client_auth_trust_anchors: trustAnchorMetadata(client.anchors) as unknown as JsonValue }),
    ...(jwks === undefined ? {} : { jwks: jwks as unknown as JsonValue }),
    ...(client.jwksUri === undefined ? {} : { jwks_uri: client.jwksUri }),
    legacy_assertion_audience: client.legacyAssertionAudience,
  };
}

/**
 * The client information response (RFC 7591 §3.2.1): its metadata, `client_id_issued_at`, our `status`, and, in
 * the answer to the act that made it, `client_secret` with `client_secret_expires_at` (0: no end).
 */
export function clientInformation(client: Client, now: number, secret?: NewSecret): JsonObject {
  return {
    ...registrationMetadata(client, now),
    client_id_issued_at: seconds(client.createdAt),
    status: client.status,
    ...(secret === undefined
      ? {}
      : {
          client_secret: secret.clientSecret,
          client_secret_expires_at: secret.expiresAt === undefined ? 0 : seconds(secret.expiresAt),
        }),
  };
}

/** A credential for people and programs: everything but the secret's hash or sealed text. Times are epoch seconds. */
export function credentialInformation(credential: Credential): JsonObject {
  return {
    credential_id: credential.id,
    kind: credential.kind,
    created_at: seconds(credential.createdAt),
    ...(credential.expiresAt === undefined ? {} : { expires_at: seconds(credential.expiresAt) }),
    ...(credential.revokedAt === undefined ? {} : { revoked_at: seconds(credential.revokedAt) }),
    ...(credential.lastUsedAt === undefined ? {} : { last_used_at: seconds(credential.lastUsedAt) }),
    ...ofKind(credential),
  };
}

function ofKind(credential: Credential): JsonObject {
  switch (credential.kind) {
    case 'secret':
      return { stored: credential.form, hint: credential.hint };
    case 'key':
      return { jwk: credential.jwk as JsonObject, jkt: credential.thumbprint };
    case 'certificate':
      return {
        'x5t#S256': credential.x5t,
        fingerprint256: credential.fingerprint256,
        serial_number: credential.serialNumber,
        subject: credential.subject,
        not_before: seconds(credential.notBefore),
        not_after: seconds(credential.notAfter),
        ...(credential.authorityId === undefined ? {} : { authority_id: credential.authorityId }),
      };
  }
}

function seconds(at: number): number {
  return Math.floor(at / 1000);
}
