import type { AcmeAccount, Authorization, ExternalAccountKey, Order } from '../../acme/index.ts';
import { now, sha256 } from './records.ts';

export function acmeAccount(id: string, more: Partial<AcmeAccount> = {}): AcmeAccount {
  return {
    id,
    profile: 'server',
    thumbprint: sha256(`account ${id}`).toString('base64url'),
    jwk: { kty: 'OKP', crv: 'Ed25519', x: sha256(id).toString('base64url') },
    spkiSha256: sha256(`account spki ${id}`).toString('hex'),
    status: 'valid',
    contact: ['mailto:a@example.com'],
    termsOfServiceAgreed: false,
    createdAt: now,
    revision: 1,
    ...more,
  };
}

export function externalKey(kid: string, more: Partial<ExternalAccountKey> = {}): ExternalAccountKey {
  return {
    kid,
    clientId: 'a',
    profile: 'client',
    sealedKey: sha256(`sealed ${kid}`),
    createdAt: now,
    expiresAt: now + 1000,
    ...more,
  };
}

/** Of account `x`, valid. */
export function authorization(id: string, more: Partial<Authorization> = {}): Authorization {
  return {
    id,
    accountId: 'x',
    identifier: { type: 'dns', value: 'a.example' },
    wildcard: false,
    status: 'valid',
    expiresAt: now + 1000,
    createdAt: now,
    challenges: [{ type: 'http-01', token: 't', status: 'valid', validatedAt: now }],
    attempts: 1,
    revision: 1,
    ...more,
  };
}

/** Of account `x`. */
export function acmeOrder(id: string, authorizationIds: readonly string[], more: Partial<Order> = {}): Order {
  return {
    id,
    accountId: 'x',
    identifiers: [{ type: 'dns', value: 'a.example' }],
    authorizationIds,
    expiresAt: now + 1000,
    createdAt: now,
    ...more,
  };
}

/** For finalizations that are about something else than their key. */
export const isKeyAllowed = (): boolean => true;
