import type { KeyObject } from 'node:crypto';
import type { Certificate } from '@mortise/x509';
import type { ClientRecord, TrustAnchor } from '../clients/index.ts';
import type { Actor, Feed } from '../events/index.ts';
import { AuthorityAdministration } from './administration/authority-administration.ts';
import { AuthorityMaker, type MakerContext } from './administration/authority-maker.ts';
import type { AuthorityKeyType, AuthorityRecord } from './authority-record.ts';
import { mainAuthority } from './authority-record.ts';
import { chainAbove } from './chain-above.ts';
import type { AuthorityWanted } from './choose-authority.ts';
import type { CrlPartitionStore } from './crl-partitions.ts';
import { IntermediatesInNeed } from './intermediates-in-need.ts';
import type { IssueContext, Issued, IssueOptions } from './issue.ts';
import { checkNames, checkPeriod, issue } from './issue.ts';
import type { IssuedCertificate } from './issued-certificate.ts';
import type { SigningAuthority } from './make-authority.ts';
import { OwnAuthorities } from './own-authorities.ts';
import type { ProfileDefinition } from './profiles/profile-definition.ts';
import type { ProfileStore } from './profiles/profile-record.ts';
import { Profiles } from './profiles/profiles.ts';
import { issueResponderCertificate } from './responder-certificate.ts';
import { RevocationSources } from './revocation-sources.ts';
import { AuthorityKeys, type KeyPlace } from './signers/authority-keys.ts';
import type { KeySealer } from './signers/file.ts';
import type { TokenKeys } from './signers/pkcs11.ts';
import type { AuthorityStore, CertificateFilter } from './store.ts';

export interface AuthorityOptions {
  readonly store: AuthorityStore;
  /** Where the profiles live that administrators make. */
  readonly profileStore: ProfileStore;
  /** The profiles of the configuration. Default none. */
  readonly profiles?: readonly ProfileDefinition[];
  readonly sealer: KeySealer;
  /** Keys on PKCS #11 tokens. Default: none. */
  readonly tokenKeys?: TokenKeys;
  readonly feed: Feed;
  readonly clients: { find(clientId: string): Promise<ClientRecord | undefined> };
  readonly clock: () => number;
  readonly names: {
    /** The OAuth issuer: a base of the names of clients. */
    readonly issuer: string;
    /** Where the certificates of authorities are served: `<pkiUrl>/ca/<authority>.crt`. */
    readonly pkiUrl: string;
  };
  /** Which CRL each certificate names. Default: certificates name neither CRL nor OCSP. */
  readonly partitions?: CrlPartitionStore;
  /** The keys of the root and the intermediate made at the first start. Default `ec-p256`. */
  readonly algorithm?: AuthorityKeyType;
  /** Where the keys are of a root and an intermediate that a start makes. Default: where those before them are; at the first start, sealed in the database. */
  readonly place?: KeyPlace;
  /** Told when news of authorities could not be read. */
  readonly onError?: (error: unknown) => void;
}

/** An issued certificate with what goes with it. */
export interface IssuedWithChain extends Issued {
  /** The intermediates that a peer needs, the issuer first; without the root. */
  readonly chain: readonly Certificate[];
}

/** The certification authority: its roots and intermediates, and the certificates that they issue. */
export class Authority {
  /** What certificates may hold. */
  readonly profiles: Profiles;
  /** What administrators do to authorities. */
  readonly administration: AuthorityAdministration;
  readonly #options: AuthorityOptions;
  readonly #keys: AuthorityKeys;
  readonly #maker: AuthorityMaker;
  readonly #authorities: OwnAuthorities;
  readonly #issueContext: IssueContext;
  readonly #revocationSources: RevocationSources | undefined;
  readonly #intermediates: IntermediatesInNeed;

  private constructor(options: AuthorityOptions, profiles: Profiles) {
    this.#options = options;
    this.profiles = profiles;
    const { store, sealer, feed, clients, clock, names, onError = () => {} } = options;
    this.#keys = new AuthorityKeys(sealer, options.tokenKeys);
    this.#authorities = new OwnAuthorities({ store, keys: this.#keys, feed, clock, onError });
    this.#revocationSources =
      options.partitions === undefined
        ? undefined
        : new RevocationSources(options.partitions, withoutSlash(names.pkiUrl));
    const revocationUrls: MakerContext['revocationUrls'] = (id) => this.#revocationSources?.forAuthority(id);
    const certificateUrl = (id: string): string => this.certificateUrl(id);
    const context = {
      store,
      authorities: this.#authorities,
      keys: this.#keys,
      clock,
      certificateUrl,
      revocationUrls,
    };
    this.#maker = new AuthorityMaker(context);
    this.#intermediates = new IntermediatesInNeed(this.#authorities, this.#maker);
    this.administration = new AuthorityAdministration({ ...context, maker: this.#maker, profiles, clients });
    this.#issueContext = {
      store,
      authorities: this.#authorities,
      profiles,
      clients,
      issuer: withoutSlash(names.issuer),
      certificateUrl: (id) => this.certificateUrl(id),
      revocationSources: this.#revocationSources,
      clock,
    };
  }

  /**
   * Reads the authorities, and makes a root and an intermediate where none is active: at the first start, and after the
   * last one was revoked or came to its end. Opens the key that signs, so that a wrong one is found now: rejects with
   * AuthorityError `authority_key_unusable`.
   */
  static async open(options: AuthorityOptions): Promise<Authority> {
    const { profileStore, profiles: configured = [], feed, clock, onError = () => {} } = options;
    const profiles = await Profiles.open({ store: profileStore, configured, feed, clock, onError });
    const authority = new Authority(options, profiles);
    try {
      await authority.#authorities.reload();
      if (!authority.#authorities.ableToIssue()) {
        // `false`: another node was first, and its authorities are this one's too.
        await authority.#maker.addPair({
          name: mainAuthority,
          keyType: options.algorithm ?? 'ec-p256',
          ...(options.place === undefined ? {} : { place: options.place }),
          actor: 'system',
        });
      }
      const name = authority.#authorities.ownName();
      await authority.#intermediates.ensure(name);
      authority.#authorities.signing('intermediate', name);
      return authority;
    } catch (error) {
      authority.close();
      throw error;
    }
  }

  /**
   * Issues from a request, or with a generated key. Where the last intermediate of an authority was revoked or came to its end, its root
   * signs another one first, whose key is made where that of the last one is. Rejects with AuthorityError; nothing was issued then.
   */
  async issue(options: IssueOptions): Promise<IssuedWithChain> {
    await this.#prepareFor(options);
    const issued = await issue(this.#issueContext, options);
    return { ...issued, chain: this.chainFor(issued.certificate) };
  }

  /** Whether a period can be had at present, before anything is issued. Rejects with AuthorityError as `issue` does. */
  async checkPeriod(
    options: Pick<IssueOptions, 'profile' | 'clientId' | 'notBefore' | 'notAfter'>,
  ): Promise<void> {
    await this.#prepareFor(options);
    checkPeriod(this.#issueContext, options);
  }

  /** Whether a profile allows names, before anything is issued. Rejects with AuthorityError as `issue` does. */
  checkNames(options: Pick<IssueOptions, 'profile' | 'clientId' | 'names'>): Promise<void> {
    return checkNames(this.#issueContext, options);
  }

  /** Makes another intermediate under the newest active root of an authority, with a key where that of the last one is; from then on it issues. */
  async createIntermediate(options: {
    /** Of the authority. Default `main`. */
    readonly name?: string;
    readonly algorithm?: AuthorityKeyType;
    readonly actor: Actor;
  }): Promise<AuthorityRecord> {
    const { name = mainAuthority, algorithm, actor } = options;
    return this.#maker.addIntermediate({
      name,
      actor,
      ...(algorithm === undefined ? {} : { keyType: algorithm }),
    });
  }

  /** All authorities, revoked ones included, oldest first. */
  list(): AuthorityRecord[] {
    return this.#authorities.list();
  }

  show(authorityId: string): AuthorityRecord | undefined {
    return this.list().find(({ id }) => id === authorityId);
  }

  /** What the certificates of clients without anchors of their own are validated against. */
  anchors(): TrustAnchor[] {
    return this.#authorities.anchors();
  }

  /** Another value whenever what the methods below return has changed, but for authorities that came to their end. */
  get epoch(): number {
    return this.#authorities.epoch;
  }

  /** DER of the active intermediates, which peers need not send. */
  intermediates(): Buffer[] {
    return this.#authorities.active('intermediate').map(({ certificate }) => certificate);
  }

  /** The authority whose key this is: SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal. */
  authorityId(spkiSha256: string): string | undefined {
    return this.list().find((record) => record.spkiSha256 === spkiSha256)?.id;
  }

  /**
   * The roots that are neither revoked nor retired: what others trust, `ca.pem`. First those of the authority that issues to this server itself;
   * then those that sign, the newest before the others.
   */
  roots(): Certificate[] {
    const own = this.#authorities.ownName();
    const rank = ({ name, state }: AuthorityRecord): number =>
      (name === own ? 0 : 2) + (state === 'active' ? 0 : 1);
    return this.#authorities
      .active('root')
      .filter(({ state }) => state !== 'retired')
      .reverse()
      .sort((a, b) => rank(a) - rank(b))
      .map(({ id }) => this.#authorities.certificate(id)!);
  }

  /** Reads the authorities again, for who cannot wait until the feed's news has been read. */
  refresh(): Promise<void> {
    return this.#authorities.reload();
  }

  /** Whether this authority is the one from which this server gets its own certificates at present. */
  issuesForItself(authorityId: string): boolean {
    const able = this.#authorities.mayIssue('intermediate', this.#authorities.ownName());
    return able.at(-1)?.id === authorityId;
  }

  /** `spkiSha256` of every authority here: a client that pins one of them means this server's own. */
  pins(): string[] {
    return this.list().map(({ spkiSha256 }) => spkiSha256);
  }

  /** The certificate of an authority, also of a revoked one; for `/ca/<authority>.crt`. */
  certificate(authorityId: string): Certificate | undefined {
    return this.#authorities.certificate(authorityId);
  }

  /** An authority with its opened key, also one that is revoked: it still says what it revoked. Throws AuthorityError. */
  signing(authorityId: string): SigningAuthority {
    return this.#authorities.signingOf(authorityId);
  }

  /** A certificate for an OCSP responder (RFC 6960 §4.2.2.2) of this authority, recorded like every other. Rejects with AuthorityError. */
  issueResponderCertificate(options: {
    readonly authorityId: string;
    readonly publicKey: KeyObject;
    readonly lifetimeSeconds: number;
  }): Promise<Certificate> {
    const { store, clock } = this.#options;
    return issueResponderCertificate(
      { store, clock, authority: this.#authorities.signingOf(options.authorityId) },
      options,
    );
  }

  /** Where `certificate` is served. */
  certificateUrl(authorityId: string): string {
    return `${withoutSlash(this.#options.names.pkiUrl)}/ca/${authorityId}.crt`;
  }

  /**
   * The authorities here that signed the certificate, the nearest first, without the root; empty if none did, or if one
   * of them is no longer active.
   */
  chainFor(certificate: Certificate): Certificate[] {
    return chainAbove(certificate, this.#authorities);
  }

  /** Whether an authority may still sign and vouch: neither it nor one above it is revoked or at its end. */
  isActive(authorityId: string): boolean {
    return [...this.#authorities.active('intermediate'), ...this.#authorities.active('root')].some(
      ({ id }) => id === authorityId,
    );
  }

  /** Of a revoked authority every certificate is revoked. */
  async findCertificate(fingerprint256: string): Promise<IssuedCertificate | undefined> {
    const hex = fingerprint256.replaceAll(':', '').toLowerCase();
    const found = await this.#options.store.findCertificate(hex);
    return found === undefined ? undefined : this.#withAuthority(found);
  }

  /** In the order of the fingerprints, those after `after`; at most `limit`. */
  async listCertificates(page: {
    readonly filter?: CertificateFilter;
    readonly after?: string;
    readonly limit: number;
  }): Promise<IssuedCertificate[]> {
    const found = await this.#options.store.listCertificates({ filter: {}, ...page });
    return found.map((certificate) => this.#withAuthority(certificate));
  }

  close(): void {
    this.profiles.close();
    this.#authorities.close();
  }

  async #prepareFor(
    options: Pick<IssueOptions, 'profile' | 'clientId' | 'authority' | 'own'>,
  ): Promise<void> {
    const { profile, clientId, authority: name, own = false } = options;
    const { names } = own ? { names: undefined } : this.profiles.definition(profile);
    if (names === 'authority') return;
    const wanted: AuthorityWanted = { kind: 'intermediate', profile, clientId, name };
    await this.#intermediates.ensure(own ? this.#authorities.ownName() : this.#authorities.choose(wanted));
  }

  #withAuthority(certificate: IssuedCertificate): IssuedCertificate {
    const revokedAt = certificate.revokedAt ?? this.show(certificate.authorityId)?.revokedAt;
    return revokedAt === undefined ? certificate : { ...certificate, revokedAt };
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}
