import { Certificate, type NameConstraints } from '@mortise/x509';
import type { TrustAnchor } from '../clients/index.ts';
import type { Event, Feed } from '../events/index.ts';
import { AuthorityError } from './authority-error.ts';
import type { AuthorityRecord, AuthorityRules } from './authority-record.ts';
import { mainAuthority } from './authority-record.ts';
import { type AuthorityWanted, chooseAuthority } from './choose-authority.ts';
import { revocationReasons } from './issued-certificate.ts';
import type { SigningAuthority } from './make-authority.ts';
import type { AuthorityKeys } from './signers/authority-keys.ts';
import type { AuthorityStore } from './store.ts';

interface Entry {
  record: AuthorityRecord;
  readonly certificate: Certificate;
  signing: SigningAuthority | undefined;
}

/** The authorities of this server in memory, kept fresh by the feed. There are few of them. */
export class OwnAuthorities {
  readonly #store: Pick<AuthorityStore, 'listAuthorities' | 'listRules'>;
  readonly #keys: AuthorityKeys;
  readonly #clock: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #unsubscribe: () => void;
  #entries = new Map<string, Entry>();
  #rules: readonly AuthorityRules[] = [];
  #readings = 0;
  #lastReading = 0;
  /** Another value whenever the authorities have changed. */
  epoch = 0;
  /** Revoked by an event that a read on its way may not have seen. */
  readonly #revoked = new Map<string, Pick<AuthorityRecord, 'revokedAt' | 'revocationReason'>>();

  constructor(options: {
    readonly store: Pick<AuthorityStore, 'listAuthorities' | 'listRules'>;
    readonly keys: AuthorityKeys;
    readonly feed: Feed;
    readonly clock: () => number;
    /** Told when the list could not be read again after an event. */
    readonly onError: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.#onError = options.onError;
    this.#unsubscribe = options.feed.subscribe('authorities', (event) => this.#onEvent(event));
  }

  async reload(): Promise<void> {
    const reading = ++this.#readings;
    const [records, rules] = await Promise.all([this.#store.listAuthorities(), this.#store.listRules()]);
    // One that began later has been here: it saw more.
    if (reading < this.#lastReading) return;
    this.#lastReading = reading;
    const entries = new Map<string, Entry>();
    for (const read of records) {
      const known = this.#entries.get(read.id);
      entries.set(read.id, {
        record: { ...this.#revoked.get(read.id), ...read },
        certificate: known?.certificate ?? Certificate.parse(read.certificate),
        signing: known?.signing,
      });
    }
    this.#entries = entries;
    this.#rules = rules;
    this.epoch += 1;
  }

  /** Takes one that was just made, with its opened key, so that it need not be opened again. */
  adopt(made: SigningAuthority): void {
    this.#entries.set(made.record.id, { record: made.record, certificate: made.certificate, signing: made });
    this.epoch += 1;
  }

  /** Whether an authority is on record, as the database has it now. */
  async isRecorded(authorityId: string): Promise<boolean> {
    await this.reload();
    return this.#entries.has(authorityId);
  }

  /** All of them, oldest first. */
  list(): AuthorityRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
  }

  certificate(authorityId: string): Certificate | undefined {
    return this.#entries.get(authorityId)?.certificate;
  }

  /** Those of a kind that may sign and vouch now, oldest first: they and all above them unrevoked and not at their end. */
  active(kind: AuthorityRecord['kind']): AuthorityRecord[] {
    return this.list().filter((record) => record.kind === kind && this.isActive(record));
  }

  /** Those of an authority whose key is at hand and that are in the state to sign certificates, oldest first. */
  mayIssue(kind: AuthorityRecord['kind'], name: string): AuthorityRecord[] {
    return this.active(kind).filter(
      (record) => record.name === name && record.state === 'active' && record.signer !== 'offline',
    );
  }

  /** The rules of an authority; undefined for one that has none. */
  rules(name: string): AuthorityRules | undefined {
    return this.#rules.find((rules) => rules.name === name);
  }

  /** The name of the authority that issues this. Throws AuthorityError. */
  choose(wanted: AuthorityWanted): string {
    const names = this.#names();
    if (wanted.name !== undefined) return chooseAuthority(names, this.#rules, wanted);
    const able = names.filter((name) => this.#canIssue(wanted.kind, name));
    if (able.length > 0) return chooseAuthority(able, this.#rules, wanted);
    throw new AuthorityError('no_active_authority', `there is no ${wanted.kind} that may sign`);
  }

  /** Whether any authority can issue. */
  ableToIssue(): boolean {
    return this.#names().some((name) => this.#canIssue('intermediate', name));
  }

  /** The name of the authority that issues to this server itself: `main` as long as it can. */
  ownName(): string {
    const able = this.#names().filter((name) => this.#canIssue('intermediate', name));
    return able.includes(mainAuthority) ? mainAuthority : (able[0] ?? mainAuthority);
  }

  /** From when to when an authority and all above it are valid. */
  life(record: AuthorityRecord): { readonly notBefore: number; readonly notAfter: number } {
    const line = this.#line(record);
    return {
      notBefore: Math.max(...line.map(({ notBefore }) => notBefore)),
      notAfter: Math.min(...line.map(({ notAfter }) => notAfter)),
    };
  }

  /** The name constraints of an authority and of those above it. */
  nameConstraints(record: AuthorityRecord): NameConstraints[] {
    return this.#line(record).flatMap(({ id }) => this.certificate(id)?.nameConstraints ?? []);
  }

  #names(): string[] {
    return [...new Set(this.list().map(({ name }) => name))];
  }

  /** Also one whose root would have to sign an intermediate first. */
  #canIssue(kind: AuthorityRecord['kind'], name: string): boolean {
    return this.mayIssue(kind, name).length > 0 || this.mayIssue('root', name).length > 0;
  }

  /** The authority and those above it, as far as they are known here. */
  #line(record: AuthorityRecord): AuthorityRecord[] {
    const parent = record.parentId === undefined ? undefined : this.#entries.get(record.parentId)?.record;
    return parent === undefined ? [record] : [record, ...this.#line(parent)];
  }

  /** The newest root or intermediate of an authority that may sign now, with its key opened. Throws AuthorityError. */
  signing(kind: AuthorityRecord['kind'], name: string = mainAuthority): SigningAuthority {
    const record = this.mayIssue(kind, name).at(-1);
    if (record === undefined) {
      throw new AuthorityError('no_active_authority', `authority ${name} has no ${kind} that may sign`);
    }
    const entry = this.#entries.get(record.id)!;
    entry.signing ??= this.#open(entry);
    return { ...entry.signing, record };
  }

  /** One authority, whatever became of it, with its key opened. Throws AuthorityError. */
  signingOf(authorityId: string): SigningAuthority {
    const entry = this.#entries.get(authorityId);
    if (entry === undefined) {
      throw new AuthorityError('no_active_authority', `there is no authority ${authorityId}`);
    }
    entry.signing ??= this.#open(entry);
    return { ...entry.signing, record: entry.record };
  }

  /**
   * What the certificates issued here are validated against: the active intermediates. With them as anchors no client
   * has to send its intermediates, and a verdict names the very authority that issued.
   */
  anchors(): TrustAnchor[] {
    // One whose key is elsewhere vouches for authorities that are not of this server.
    const here = this.active('intermediate').filter(({ signer }) => signer !== 'offline');
    return here.map(({ id, certificate, spkiSha256 }) => {
      const parsed = this.#entries.get(id)!.certificate;
      return {
        id,
        certificate,
        subject: parsed.subject.der,
        spki: parsed.subjectPublicKeyInfo,
        spkiSha256,
      };
    });
  }

  close(): void {
    this.#unsubscribe();
  }

  /** Whether an authority may vouch: neither it nor one above it is revoked or at its end. */
  isActive(record: AuthorityRecord): boolean {
    if (record.revokedAt !== undefined || record.notAfter <= this.#clock()) return false;
    if (record.parentId === undefined) return true;
    const parent = this.#entries.get(record.parentId);
    // A parent from elsewhere (an imported intermediate) is not ours to judge.
    return parent === undefined || this.isActive(parent.record);
  }

  #open({ record, certificate }: Entry): SigningAuthority {
    return { record, certificate, signer: this.#keys.open(record, certificate.subjectPublicKeyInfo) };
  }

  #onEvent(event: Event): void {
    if (event.object.kind !== 'authority') return;
    if (event.act === 'authority.revoked') this.#revoke(event);
    this.reload().catch(this.#onError);
  }

  #revoke(event: Event): void {
    this.epoch += 1;
    const named = event.data?.['authorities'];
    const reason = revocationReasons.find((one) => one === event.data?.['revocation_reason']);
    const ids = Array.isArray(named) ? named : [event.object.id];
    for (const id of ids) {
      if (typeof id !== 'string') continue;
      const revoked = { revokedAt: event.at, ...(reason === undefined ? {} : { revocationReason: reason }) };
      this.#revoked.set(id, revoked);
      const entry = this.#entries.get(id);
      if (entry !== undefined) entry.record = { ...entry.record, ...revoked };
    }
  }
}
