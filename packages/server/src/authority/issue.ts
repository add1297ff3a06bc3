import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import type { Certificate, NameConstraints } from '@mortise/x509';
import type { CertificateCredential, ClientRecord } from '../clients/index.ts';
import { certificateCredential } from '../clients/index.ts';
import type { Actor, EventDraft } from '../events/index.ts';
import { AuthorityError } from './authority-error.ts';
import type { AuthorityKeyType, AuthorityRecord } from './authority-record.ts';
import { certificateFields } from './certificate-fields.ts';
import { nameText } from './certificate-names.ts';
import { followedIntermediate } from './followed-intermediate.ts';
import type { IssuedCertificate, ProfileName } from './issued-certificate.ts';
import { checkKeyType, checkSubjectKey, generatePrivateKey, keyTypeToGenerate } from './key-types.ts';
import type { SigningAuthority } from './make-authority.ts';
import type { OwnAuthorities } from './own-authorities.ts';
import { refuseConstrained } from './profiles/names/constrained.ts';
import { grantNames } from './profiles/names/grant-names.ts';
import type { GrantedNames } from './profiles/names/granted-names.ts';
import { readNameConstraints } from './profiles/names/name-constraint.ts';
import { type ProfileDefinition, registersCredential } from './profiles/profile-definition.ts';
import type { Profiles } from './profiles/profiles.ts';
import { shippedProfile } from './profiles/shipped/shipped.ts';
import { readRequestKey } from './read-request.ts';
import type { RevocationSources } from './revocation-sources.ts';
import { orderedSerialNumber } from './serial-number.ts';
import { signLinted } from './sign-linted.ts';
import type { AuthorityStore, IssueConflict } from './store.ts';
import { type AskedPeriod, readValidity } from './validity.ts';

export interface IssueOptions extends AskedPeriod {
  readonly profile: ProfileName;
  /** The name of the authority. Default: one whose rules allow it, see `chooseAuthority`. */
  readonly authority?: string;
  /** For this server itself: the profile as it was shipped, and whatever the rules of authorities say. Default false. */
  readonly own?: boolean;
  /** The client that the certificate is for. Required by profiles that issue to clients alone. */
  readonly clientId?: string;
  /** PKCS #10, DER or PEM. Absent: a key is generated. */
  readonly csr?: Uint8Array | string;
  /** The kind of key to generate. Default: the first that the profile allows; not with `csr`. */
  readonly keyType?: AuthorityKeyType;
  /** DNS names and addresses, as the profile takes them; of a client its DNS name, or nothing; of an authority its common name. */
  readonly names?: readonly string[];
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
  readonly profiles: Pick<Profiles, 'definition'>;
  readonly clients: { find(clientId: string): Promise<ClientRecord | undefined> };
  readonly issuer: string;
  readonly certificateUrl: (authorityId: string) => string;
  /** Where its revocation will be found; absent, certificates say nothing about that. */
  readonly revocationSources?: RevocationSources | undefined;
  readonly clock: () => number;
}

/** Names, key, lifetime, lint, signature, record: a certificate leaves only after it is recorded. Throws AuthorityError. */
export async function issue(context: IssueContext, options: IssueOptions): Promise<Issued> {
  const profile = profileOf(context, options);
  const client = await activeClient(context, options.clientId);
  const granted = grantNames(profile, { client, names: options.names ?? [], issuer: context.issuer });
  const { spki, privateKey } = await subjectKey(profile, options, granted);
  refuseAuthorityKeys(context, spki);
  const { certificate, ...place } = await sign(context, profile, granted, spki, options);
  const record = await keep(context, { profile, certificate, ...place, clientId: client?.clientId }, options);
  const keyPem = privateKey?.export({ format: 'pem', type: 'pkcs8' }) as string | undefined;
  return { certificate, record, ...(keyPem === undefined ? {} : { keyPem }) };
}

function profileOf(context: IssueContext, { profile, own = false }: IssueOptions): ProfileDefinition {
  return (own ? shippedProfile(profile) : undefined) ?? context.profiles.definition(profile);
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
  profile: ProfileDefinition,
  { csr, keyType }: IssueOptions,
  granted: GrantedNames,
): Promise<{ spki: Buffer; privateKey: KeyObject | undefined }> {
  if (csr !== undefined) {
    if (keyType !== undefined) {
      throw new AuthorityError('key_not_allowed', 'a request brings its own key; none is generated');
    }
    const spki = await readRequestKey(csr, granted, { forAuthority: profile.names === 'authority' });
    checkKeyType(spki, profile);
    return { spki, privateKey: undefined };
  }
  const privateKey = await generatePrivateKey(keyType ?? keyTypeToGenerate(profile));
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  checkSubjectKey(spki);
  checkKeyType(spki, profile);
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
  profile: ProfileDefinition,
  granted: GrantedNames,
  spki: Buffer,
  options: IssueOptions,
): Promise<{ certificate: Certificate; authorityId: string; crlPartition: number | undefined }> {
  const authority = issuerFor(context, profile, options);
  const { authorities } = context;
  const { record, signer } = authority;
  const now = context.clock();
  const validity = readValidity(profile, authorities.life(record), options, now);
  const sources = await revocationSources(context, profile, record);
  const fields = certificateFields(profile, {
    granted,
    serialNumber: orderedSerialNumber(now),
    spki,
    validity,
    issuer: authority.certificate,
    issuerUrl: context.certificateUrl(record.id),
    sources,
  });
  const constraints = [...authorities.nameConstraints(record), ...ownConstraints(profile)];
  const certificate = await signLinted(fields, { keyType: record.keyType, signer }, constraints);
  return { certificate, authorityId: record.id, crlPartition: sources?.partition };
}

/** What the profile allows, beside the authority and those above it. */
function ownConstraints(profile: ProfileDefinition): NameConstraints[] {
  if (profile.names === 'authority') return [];
  const own = readNameConstraints(profile.permittedNames, profile.excludedNames);
  return own === undefined ? [] : [own];
}

function issuerFor(
  { authorities }: Pick<IssueContext, 'authorities'>,
  profile: ProfileDefinition,
  { authority, clientId, own = false }: Pick<IssueOptions, 'authority' | 'clientId' | 'own'>,
): SigningAuthority {
  const kind = profile.names === 'authority' ? 'root' : 'intermediate';
  const wanted = { kind, profile: profile.name, clientId, name: authority } as const;
  return authorities.signing(kind, own ? authorities.ownName() : authorities.choose(wanted));
}

/** A root has one CRL for everything. */
async function revocationSources(
  { revocationSources: sources }: IssueContext,
  profile: ProfileDefinition,
  issuer: AuthorityRecord,
): Promise<{ crl: string; ocsp: string; partition?: number } | undefined> {
  if (sources === undefined || !profile.revocationInformation) return undefined;
  return issuer.kind === 'root' ? sources.forAuthority(issuer.id) : sources.forCertificate(issuer.id);
}

/** Refuses a period that `issue` would refuse now. Throws AuthorityError. */
export function checkPeriod(
  context: IssueContext,
  options: Pick<IssueOptions, 'profile' | 'clientId' | 'notBefore' | 'notAfter'>,
): void {
  const profile = context.profiles.definition(options.profile);
  const { record } = issuerFor(context, profile, options);
  readValidity(profile, context.authorities.life(record), options, context.clock());
}

/** Refuses names that `issue` would refuse now, also for the name constraints of whoever would sign. Throws AuthorityError. */
export async function checkNames(
  context: IssueContext,
  options: Pick<IssueOptions, 'profile' | 'clientId' | 'names'>,
): Promise<void> {
  const profile = context.profiles.definition(options.profile);
  const client = await activeClient(context, options.clientId);
  const granted = grantNames(profile, { client, names: options.names ?? [], issuer: context.issuer });
  refuseConstrained(granted, [...constraintsAbove(context, profile, options), ...ownConstraints(profile)]);
}

/** The name constraints of whoever would sign now; where the root would first sign an intermediate, those that it will have. Throws AuthorityError. */
function constraintsAbove(
  { authorities, clock }: Pick<IssueContext, 'authorities' | 'clock'>,
  profile: ProfileDefinition,
  { clientId }: Pick<IssueOptions, 'clientId'>,
): NameConstraints[] {
  const kind = profile.names === 'authority' ? 'root' : 'intermediate';
  const name = authorities.choose({ kind, profile: profile.name, clientId });
  const signer = authorities.mayIssue(kind, name).at(-1);
  if (signer !== undefined) return authorities.nameConstraints(signer);
  // The choice fell on one that has the one or the other.
  const root = authorities.mayIssue('root', name).at(-1)!;
  const ofName = authorities.list().filter((record) => record.name === name);
  const followed = followedIntermediate(ofName, clock());
  const inherited = followed && authorities.certificate(followed.id)?.nameConstraints;
  return [...authorities.nameConstraints(root), ...(inherited === undefined ? [] : [inherited])];
}

async function keep(
  context: IssueContext,
  made: {
    readonly profile: ProfileDefinition;
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
    registersCredential(profile) && clientId !== undefined
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
    case 'client_not_active':
      return new AuthorityError('client_not_active', `client ${record.clientId} is not active any more`);
    case 'authority_revoked':
      return new AuthorityError('no_active_authority', `authority ${record.authorityId} is revoked`);
    case 'key_compromised':
      return new AuthorityError('key_not_allowed', 'the key is known to be compromised');
  }
}
