import { createHash } from 'node:crypto';
import type {
  AuthorityRecord,
  AuthorityRequest,
  AuthorityRules,
  IssuedCertificate,
  ProfileRecord,
} from '../../authority/index.ts';
import type {
  CertificateCredential,
  Client,
  HashedSecret,
  KeyCredential,
  Resource,
} from '../../clients/index.ts';
import type { EventDraft } from '../../events/index.ts';
import type { PublishedCrl } from '../../revocation/index.ts';
import type { SigningKeyRecord } from '../../tokens/index.ts';

/** The time of the tests' records, epoch milliseconds. */
export const now = 1_800_000_000_000;

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function draft(act: string, id: string, more: Partial<EventDraft> = {}): EventDraft {
  return { actor: 'cli', act, object: { kind: 'client', id }, clientId: id, ...more };
}

export function secret(id: string, more: Partial<HashedSecret> = {}): HashedSecret {
  return { id, kind: 'secret', form: 'hashed', hash: sha256(id), hint: 'wxyz', createdAt: now, ...more };
}

export function key(id: string, more: Partial<KeyCredential> = {}): KeyCredential {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: sha256(id).toString('base64url') };
  return {
    id,
    kind: 'key',
    jwk,
    thumbprint: sha256(`key ${id}`).toString('base64url'),
    createdAt: now,
    ...more,
  };
}

export function certificate(id: string, more: Partial<CertificateCredential> = {}): CertificateCredential {
  const digest = sha256(`certificate ${id}`);
  return {
    id,
    kind: 'certificate',
    x5t: digest.toString('base64url'),
    fingerprint256: digest.toString('hex'),
    serialNumber: digest.toString('hex').slice(0, 16),
    subject: `CN=${id}`,
    notBefore: now - 1_000,
    notAfter: now + 86_400_000,
    createdAt: now,
    ...more,
  };
}

export function client(clientId: string, more: Partial<Client> = {}): Client {
  return {
    clientId,
    status: 'active',
    epoch: 1,
    tokenEndpointAuthMethod: 'client_secret_basic',
    scope: ['payments:write', 'payments:read'],
    resources: ['https://payments.example/'],
    certificateBoundAccessTokens: false,
    anchors: [],
    legacyAssertionAudience: false,
    createdAt: now,
    updatedAt: now,
    revision: 1,
    credentials: [],
    ...more,
  };
}

export function resource(identifier: string, more: Partial<Resource> = {}): Resource {
  return {
    identifier,
    scopes: ['payments:write', 'payments:read'],
    signingAlgorithm: 'ES256',
    resourceServers: ['payments-api'],
    createdAt: now,
    updatedAt: now,
    revision: 1,
    ...more,
  };
}

export function signingKey(kid: string, more: Partial<SigningKeyRecord> = {}): SigningKeyRecord {
  return {
    kid,
    algorithm: 'ES256',
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    sealedPrivateKey: sha256(kid),
    createdAt: now,
    activatesAt: now,
    ...more,
  };
}

export function authority(id: string, more: Partial<AuthorityRecord> = {}): AuthorityRecord {
  return {
    id,
    name: 'main',
    kind: 'root',
    state: 'active',
    signer: 'file',
    keyType: 'ec-p256',
    subject: `CN=${id}`,
    certificate: sha256(`authority ${id}`),
    fingerprint256: sha256(id).toString('hex'),
    spkiSha256: sha256(`spki ${id}`).toString('hex'),
    notBefore: now,
    notAfter: now + 86_400_000,
    sealedPrivateKey: sha256(`sealed ${id}`),
    createdAt: now,
    ...more,
  };
}

export function authorityRules(name: string, more: Partial<AuthorityRules> = {}): AuthorityRules {
  return { name, clients: ['acme'], createdAt: now, updatedAt: now, revision: 1, ...more };
}

/** A request for an intermediate under `auth_a`. */
export function authorityRequest(id: string, more: Partial<AuthorityRequest> = {}): AuthorityRequest {
  return {
    id,
    name: 'main',
    parentId: 'auth_a',
    keyType: 'ec-p256',
    subject: `CN=${id}`,
    request: Buffer.from([48, 0]),
    signer: 'file',
    sealedPrivateKey: Buffer.from([0, 13, 255]),
    createdAt: now,
    ...more,
  };
}

export function profile(name: string, more: Partial<ProfileRecord> = {}): ProfileRecord {
  return { name, definition: { based_on: 'server' }, createdAt: now, updatedAt: now, revision: 1, ...more };
}

export function issued(
  credential: CertificateCredential,
  more: Partial<IssuedCertificate> = {},
): IssuedCertificate {
  return {
    fingerprint256: credential.fingerprint256,
    x5t: credential.x5t,
    serialNumber: credential.serialNumber,
    authorityId: 'auth_a',
    profile: 'client',
    credentialId: credential.id,
    subject: credential.subject,
    names: [`uri:https://issuer.example/clients/${credential.id}`],
    spkiSha256: sha256(`spki ${credential.id}`).toString('hex'),
    certificate: sha256(`der ${credential.id}`),
    notBefore: credential.notBefore,
    notAfter: credential.notAfter,
    issuedAt: now,
    ...more,
  };
}

export function publishedCrl(authorityId: string, more: Partial<PublishedCrl> = {}): PublishedCrl {
  return {
    authorityId,
    partition: 1,
    number: now,
    thisUpdate: now,
    nextUpdate: now + 86_400_000,
    scheduledNumber: now,
    scheduledAt: now,
    baseNumber: now,
    baseAt: now,
    complete: Buffer.from([48, 0, 13, 255]),
    delta: Buffer.from([48, 0]),
    ...more,
  };
}
