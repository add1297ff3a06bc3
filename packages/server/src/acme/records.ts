import type { ProfileName } from '../authority/index.ts';
import type { PublicJwk } from '../clients/index.ts';
import type { JsonObject } from '../events/index.ts';

/** RFC 8555 §9.7.7 and RFC 8738: DNS names in lower case, addresses in their canonical text. */
export interface Identifier {
  readonly type: 'dns' | 'ip';
  /** In an order possibly `*.` and a name; in an authorization never. */
  readonly value: string;
}

/** A key of somebody who asks for certificates, under one profile. Times are epoch milliseconds. */
export interface AcmeAccount {
  readonly id: string;
  readonly profile: ProfileName;
  /** RFC 7638, SHA-256, base64url. Unique together with `profile`, also among deactivated accounts. */
  readonly thumbprint: string;
  readonly jwk: PublicJwk['jwk'];
  /** SHA-256 of the key's SubjectPublicKeyInfo, lower-case hexadecimal: it is never certified. */
  readonly spkiSha256: string;
  readonly status: 'valid' | 'deactivated';
  readonly contact: readonly string[];
  readonly termsOfServiceAgreed: boolean;
  /** As the account's creator sent it. */
  readonly externalAccountBinding?: JsonObject;
  /** The client that it was bound to, for good. */
  readonly clientId?: string;
  readonly createdAt: number;
  /** Raised by each change; what optimistic writes compare. Starts at 1. */
  readonly revision: number;
}

/** A MAC key with which one account can be bound to a client (RFC 8555 §7.3.4), once. */
export interface ExternalAccountKey {
  readonly kid: string;
  readonly clientId: string;
  readonly profile: ProfileName;
  readonly sealedKey: Buffer;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt?: number;
}

export const challengeTypes = ['http-01', 'dns-01', 'tls-alpn-01'] as const;

export type ChallengeType = (typeof challengeTypes)[number];

/** What failed, as it is shown in a challenge: `type` without its URN prefix. */
export interface ChallengeFailure {
  readonly type: 'dns' | 'connection' | 'tls' | 'incorrectResponse' | 'unauthorized';
  readonly detail: string;
}

export interface Challenge {
  readonly type: ChallengeType;
  readonly token: string;
  readonly status: 'pending' | 'processing' | 'valid' | 'invalid';
  readonly validatedAt?: number;
  readonly failure?: ChallengeFailure;
}

/** That an account may have certificates for one identifier. */
export interface Authorization {
  readonly id: string;
  readonly accountId: string;
  readonly identifier: Identifier;
  /** For `*.` and the identifier, not for the identifier itself. */
  readonly wildcard: boolean;
  /** As last decided; that its time is over is told by `expiresAt`. */
  readonly status: 'pending' | 'valid' | 'invalid' | 'deactivated';
  readonly expiresAt: number;
  readonly createdAt: number;
  /** Empty for one that was born valid. */
  readonly challenges: readonly Challenge[];
  /** How often the challenge was tried. */
  readonly attempts: number;
  /** When the challenge has to be tried (again): in the future while somebody is at it. */
  readonly attemptDueAt?: number;
  readonly revision: number;
}

/** A request for one certificate. Its status is computed, see `order-status.ts`. */
export interface Order {
  readonly id: string;
  readonly accountId: string;
  readonly identifiers: readonly Identifier[];
  readonly authorizationIds: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly expiresAt: number;
  readonly createdAt: number;
  /** Fingerprint of the certificate that it became. */
  readonly certificate?: string;
  /** RFC 9773: fingerprint and name of the certificate that it replaces. */
  readonly replaces?: { readonly fingerprint256: string; readonly certificateId: string };
}
