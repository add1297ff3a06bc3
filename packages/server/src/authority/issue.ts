import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import type { Certificate } from '@mortise/x509';
import { createCertificate, readPublicKeyInfo } from '@mortise/x509';
import type { CertificateCredential, ClientRecord } from '../clients/index.ts';
import { certificateCredential } from '../clients/index.ts';
import type { Actor, EventDraft } from '../events/index.ts';
import { AuthorityError } from './authority-error.ts';
import type { AuthorityKeyType, AuthorityRecord } from './authority-record.ts';
import { nameText } from './certificate-names.ts';
import type { IssuedCertificate, ProfileName } from './issued-certificate.ts';
import { checkSubjectKey, generatePrivateKey } from './key-types.ts';
import { backdatingMs } from './make-authority.ts';
import type { OwnAuthorities } from './own-authorities.ts';
import type { GrantedNames, Profile } from './profiles/profile.ts';
import { profiles } from './profiles/profiles.ts';
import { readRequestKey } from './read-request.ts';
import type { RevocationSources } from './revocation-sources.ts';
import type { AuthorityStore, IssueConflict } from './store.ts';

export interface IssueOptions {
  readonly profile: ProfileName;
  /** Required by the profile `client`; for `server` the client that the certificate is for, if any. */
  readonly clientId?: string;
  /** PKCS #10, DER or PEM. Absent: a key is generated. */
  readonly csr?: Uint8Array | string;
  /** The kind of key to generate. Default `ec-p256`; not with `csr`. */
  readonly keyType?: AuthorityKeyType;
  /** DNS names and addresses, for the profile `server`; for `client` its DNS name, or nothing. */
  readonly names?: readonly string[];
  /** Default and bounds by profile; never beyond the end of the authority. */
  readonly lifetimeSeconds?: number;
  /** Epoch milliseconds, of whole seconds. Default: the present, a little backdated. */
  readonly notBefore?: number;
  /** Epoch milliseconds, of whole seconds; in place of `lifetimeSeconds`. Beyond the end of the authority it is refused. */
  readonly notAfter?: number;
  readonly actor: Actor;
  /** Records the certificate in place of the store, for whom that is part of a greater act. What it throws is thrown on. */
  readonly keep?: AuthorityStore['issue'];
}

export interface Issued {
  readonly certificate: Certificate;
  readonly record: IssuedCertificate;
  /** PKCS #8 PEM of the generated key: kept nowhere, so this is the only time it is seen. Absent with a request. */
  readonly keyPem?: string;
}

export interface IssueContext {
  readonly store: Pick<AuthorityStore, 'issue'>;
  readonly authorities: OwnAuthorities;
  readonly clients: { find(clientId: string): Promise<ClientRecord | undefined> };
  readonly issuer: string;
  readonly certificateUrl: (authorityId: string) => string;
  /** Where its revocation will be found; absent, certificates say nothing about that. */
  readonly revocationSources?: RevocationSources | undefined;
  readonly clock: () => number;
}

/** Names, key, lifetime, signature, record: a certificate leaves only after it is recorded. Throws AuthorityError. */
export async function issue(context: IssueContext, options: IssueOptions): Promise<Issued> {
  const profile = profiles[options.profile];
  const client = await activeClient(context, options.clientId);
  const granted = profile.grantNames({ client, names: options.names ?? [], issuer: context.issuer });
  const { spki, privateKey } = await subjectKey(options, granted);
  refuseAuthorityKeys(context, spki);
  const { certificate, ...place } = await sign(context, profile, granted, spki, options);
  const record = await keep(context, { profile, certificate, ...place, clientId: client?.clientId }, options);
  const keyPem = privateKey?.export({ format: 'pem', type: 'pkcs8' }) as string | undefined;
  return { certificate, record, ...(keyPem === undefined ? {} : { keyPem }) };
}

async function activeClient(
  context: IssueContext,
  clientId: string | undefined,
): Promise<ClientRecord | undefined> {
  if (clientId === undefined) return undefined;
  const client = await context.clients.find(clientId);
  if (client === undefined) throw new AuthorityError('client_unknown', `there is no client ${clientId}`);
  if (client.status !== 'active') {
    throw new AuthorityError('client_not_active', `client ${clientId} is ${client.status}`);
  }
  return client;
}

async function subjectKey(
  { csr, keyType }: IssueOptions,
  granted: GrantedNames,
): Promise<{ spki: Buffer; privateKey: KeyObject | undefined }> {
  if (csr !== undefined) {
    if (keyType !== undefined) {
      throw new AuthorityError('key_not_allowed', 'a request brings its own key; none is generated');
    }
    return { spki: readRequestKey(csr, granted), privateKey: undefined };
  }
  const privateKey = await generatePrivateKey(keyType ?? 'ec-p256');
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  checkSubjectKey(spki);
  return { spki, privateKey };
}

/** Whoever holds an authority's key already must not get a leaf for it: its signatures would be mistaken. */
function refuseAuthorityKeys({ authorities }: IssueContext, spki: Buffer): void {
  const own = authorities
    .list()
    .some(({ id }) => authorities.certificate(id)?.subjectPublicKeyInfo.equals(spki) === true);
  if (own) throw new AuthorityError('key_not_allowed', 'the key is the key of an authority');
}

async function sign(
  context: IssueContext,
  profile: Profile,
  granted: GrantedNames,
  spki: Buffer,
  options: IssueOptions,
): Promise<{ certificate: Certificate; authorityId: string; crlPartition: number | undefined }> {
  const authority = context.authorities.signing('intermediate');
  const validity = readValidity(profile, authority.record, options, context.clock());
  const sources =
    profile.withoutRevocation === true
      ? undefined
      : await context.revocationSources?.forCertificate(authority.record.id);
  const certificate = await createCertificate(
    {
      subject: granted.subject,
      issuer: authority.certificate,
      ...validity,
      publicKey: spki,
      basicConstraints: { ca: false },
      keyUsage: profile.keyUsage(readPublicKeyInfo(spki).kind === 'rsa' ? 'rsa' : 'other'),
      extendedKeyUsage: profile.extendedKeyUsage,
      subjectAltName: granted.subjectAltName,
      authorityInformationAccess: {
        ...(sources === undefined ? {} : { ocsp: [sources.ocsp] }),
        caIssuers: [context.certificateUrl(authority.record.id)],
      },
      ...(sources === undefined ? {} : { crlDistributionPoints: [sources.crl] }),
    },
    authority.signer,
  );
  return { certificate, authorityId: authority.record.id, crlPartition: sources?.partition };
}

/** Refuses a period that `issue` would refuse now. Throws AuthorityError. */
export function checkPeriod(
  context: IssueContext,
  options: Pick<IssueOptions, 'profile' | 'notBefore' | 'notAfter'>,
): void {
  const authority = context.authorities.signing('intermediate');
  readValidity(profiles[options.profile], authority.record, options, context.clock());
}

/** From when to when: within the bounds of the profile and the life of the authority. Throws AuthorityError. */
function readValidity(
  profile: Profile,
  authority: AuthorityRecord,
  options: Pick<IssueOptions, 'lifetimeSeconds' | 'notBefore' | 'notAfter'>,
  now: number,
): { notBefore: number; notAfter: number } {
  const { minimumLifetimeSeconds: minimum, maximumLifetimeSeconds: maximum } = profile;
  const start = options.notBefore ?? now;
  const lifetimeSeconds =
    options.notAfter === undefined
      ? (options.lifetimeSeconds ?? profile.defaultLifetimeSeconds)
      : Math.floor((options.notAfter - start) / 1000);
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < minimum || lifetimeSeconds > maximum) {
    throw new AuthorityError(
      'lifetime_out_of_bounds',
      `a ${profile.name} certificate lives ${minimum} to ${maximum} seconds`,
    );
  }
  const notBefore = options.notBefore ?? Math.max(now - backdatingMs, authority.notBefore);
  const notAfter = options.notAfter ?? start + lifetimeSeconds * 1000;
  const asked = options.notBefore !== undefined || options.notAfter !== undefined;
  if (asked && (notBefore < authority.notBefore || notAfter > authority.notAfter)) {
    throw new AuthorityError('lifetime_out_of_bounds', 'a certificate does not outlive its authority');
  }
  return { notBefore, notAfter: Math.min(notAfter, authority.notAfter) };
}

async function keep(
  context: IssueContext,
  made: {
    readonly profile: Profile;
    readonly certificate: Certificate;
    readonly authorityId: string;
    readonly crlPartition: number | undefined;
    readonly clientId: string | undefined;
  },
  options: IssueOptions,
): Promise<IssuedCertificate> {
  const { profile, certificate, authorityId, crlPartition, clientId } = made;
  const now = context.clock();
  const credential =
    profile.registersCredential && clientId !== undefined
      ? certificateCredential(certificate, { createdAt: now, authorityId })
      : undefined;
  const record: IssuedCertificate = {
    fingerprint256: certificate.fingerprint256,
    x5t: certificate.thumbprint,
    serialNumber: certificate.serialNumber,
    authorityId,
    profile: profile.name,
    ...(crlPartition === undefined ? {} : { crlPartition }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(credential === undefined ? {} : { credentialId: credential.id }),
    subject: certificate.subject.toString(),
    names: (certificate.subjectAltName ?? []).map(nameText),
    spkiSha256: certificate.spkiSha256,
    certificate: certificate.der,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    issuedAt: now,
  };
  const keepRecord = options.keep ?? ((act, events) => context.store.issue(act, events));
  const outcome = await keepRecord(
    { certificate: record, ...(credential === undefined ? {} : { credential }) },
    [issuedEvent(record, credential, options.actor)],
  );
  if (!outcome.done) throw refusal(outcome.conflict, record);
  return record;
}

function issuedEvent(
  record: IssuedCertificate,
  credential: CertificateCredential | undefined,
  actor: Actor,
): EventDraft {
  return {
    actor,
    act: 'certificate.issued',
    object: { kind: 'certificate', id: record.fingerprint256 },
    ...(record.clientId === undefined ? {} : { clientId: record.clientId }),
    data: {
      profile: record.profile,
      authority_id: record.authorityId,
      serial_number: record.serialNumber,
      'x5t#S256': record.x5t,
      subject: record.subject,
      names: record.names,
      expires_at: Math.floor(record.notAfter / 1000),
      ...(credential === undefined ? {} : { credential_id: credential.id }),
    },
  };
}

function refusal(conflict: IssueConflict, record: IssuedCertificate): AuthorityError {
  switch (conflict) {
    case 'client_unknown':
      return new AuthorityError('client_unknown', `there is no client ${record.clientId}`);
    case 'client_revoked':
      return new AuthorityError('client_not_active', `client ${record.clientId} is revoked`);
    case 'authority_revoked':
      return new AuthorityError('no_active_authority', `authority ${record.authorityId} is revoked`);
  }
}
