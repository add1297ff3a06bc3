import { Certificate } from '@mortise/x509';
import type { Actor, Event, Feed } from '../../events/index.ts';
import type { AuthorityKeyType, AuthorityRecord } from '../authority-record.ts';
import type { SigningAuthority } from '../make-authority.ts';
import { recordedOrDiscarded } from '../recorded-or-discarded.ts';
import type { AuthorityKeys, KeyPlace } from '../signers/authority-keys.ts';
import type { AuthorityStore } from '../store.ts';
import { KnownRollovers } from './known-rollovers.ts';
import { OfflineRollovers } from './offline-rollovers.ts';
import { participants } from './participants.ts';
import { RolloverError } from './rollover-error.ts';
import type { RolloverRecord, RolloverStep, Waiver } from './rollover-record.ts';
import { certificatesShown, inTheWay, nextStep, type RolloverStatus } from './rollover-status.ts';
import { eventOf, halfCancelled, hasItsKey, notReady, outOfOrder } from './step-words.ts';
import type { RolloverStore } from './store.ts';
import { SuccessorMaker } from './successor-maker.ts';
import { type TrustBundle, trustBundle } from './trust-bundle.ts';
import type { TrustReport } from './trust-report.ts';

/** Who asks for a step, whom to leave behind, and whether to go on whatever breaks. */
export interface StepOptions {
  readonly actor: Actor;
  /** Names that stand in the way and shall not. */
  readonly waive?: readonly string[];
  /** Goes on although some are in the way; they are told in `broken`. Default false. */
  readonly force?: boolean;
}

export interface SwitchOptions extends StepOptions {
  /** Where the key of the new intermediate will be. Default: where that of the one is that it follows, and nowhere else. */
  readonly place?: KeyPlace;
}

export interface StepOutcome {
  readonly status: RolloverStatus;
  /** Names that were in the way, and waived or passed over: what they do may fail from now on. */
  readonly broken: readonly string[];
}

export interface RolloverOptions {
  readonly store: RolloverStore;
  readonly authorities: Pick<AuthorityStore, 'listAuthorities' | 'changeStates'>;
  readonly keys: AuthorityKeys;
  readonly feed: Feed;
  /** An authority with its key. Throws AuthorityError. */
  readonly signing: (authorityId: string) => SigningAuthority;
  /** Reads the authorities for `signing` again. */
  readonly refresh: () => Promise<void>;
  /** Ends an authority and what is under it. */
  readonly revokeAuthority: (authorityId: string, by: { actor: Actor; reason: string }) => Promise<unknown>;
  /** Ends a certificate. */
  readonly revokeCertificate: (
    certificate: { fingerprint256: string; reason: 'superseded' },
    by: { actor: Actor },
  ) => Promise<unknown>;
  /** The ids of all clients that are not revoked. */
  readonly clients: () => Promise<string[]>;
  /** The ids of clients that follow the feed as nodes. */
  readonly nodes: () => Promise<string[]>;
  readonly certificateUrl: (authorityId: string) => string;
  readonly revocationUrls: (authorityId: string) => { readonly crl: string; readonly ocsp: string };
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** The replacement of roots with proof that nothing will break: publish, observe, switch, observe, retire. */
export class Rollovers {
  readonly #options: RolloverOptions;
  readonly #unsubscribe: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #known: KnownRollovers;
  readonly #maker: SuccessorMaker;
  /** The beginning of a rollover whose roots are kept offline. */
  readonly offline: OfflineRollovers;

  private constructor(options: RolloverOptions) {
    this.#options = options;
    this.#known = new KnownRollovers(options.store, options.authorities);
    this.#maker = new SuccessorMaker({ ...options, known: this.#known });
    this.offline = new OfflineRollovers({ ...options, known: this.#known });
    this.#unsubscribe = options.feed.subscribe('rollovers', (event) => this.#onEvent(event));
  }

  static async open(options: RolloverOptions): Promise<Rollovers> {
    const rollovers = new Rollovers(options);
    await rollovers.#known.read();
    return rollovers;
  }

  /** What everybody who trusts this server shall trust now. */
  bundle(): TrustBundle {
    return trustBundle(this.#known.authorities, this.#options.clock());
  }

  /** Told after roots or rollovers have changed. Answers how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The cross-certificate by which whoever trusts the old root alone gets to a chain under the new one, from the switch until the old
   * root is retired. `last`: the last certificate of the chain.
   */
  bridge(last: Certificate): Certificate | undefined {
    return this.#known.bridge(last);
  }

  /**
   * The cross-certificate that leads on from the last of a chain: with it, whoever trusts only the other root of a
   * rollover under way gets there too. Undefined where there is none.
   */
  crossCertificate(last: Certificate): Certificate | undefined {
    return this.#known.crossCertificate(last);
  }

  /** Each authority's latest rollover, and how far it is. */
  async list(): Promise<RolloverStatus[]> {
    const latest = new Map(this.#known.rollovers.map((record) => [record.name, record]));
    return Promise.all([...latest.values()].map((record) => this.#status(record)));
  }

  /** Rejects with RolloverError `rollover_unknown`. */
  status(name: string): Promise<RolloverStatus> {
    return this.#status(this.#known.latest(name));
  }

  /** Takes a report; the caller has authenticated the client. With `gone` the process has ended, and counts no more. */
  async report({
    gone = false,
    ...report
  }: Omit<TrustReport, 'reportedAt'> & { readonly gone?: boolean }): Promise<void> {
    if (gone) {
      await this.#options.store.forgetReport(report);
      return;
    }
    await this.#options.store.report({ ...report, reportedAt: this.#options.clock() });
  }

  /**
   * Makes the new root and the cross-certificates, and gives them out. Nothing signs with it yet. Rejects with RolloverError, and with AuthorityError where a
   * key cannot be made or used.
   */
  async publish(options: {
    readonly name: string;
    /** Default: that of the old root. */
    readonly keyType?: AuthorityKeyType;
    /** Where the new root's key will be. Default: where that of the old root is, and nowhere else. */
    readonly place?: KeyPlace;
    readonly actor: Actor;
  }): Promise<RolloverStatus> {
    await this.#readAll();
    const { name, actor } = options;
    this.#known.refuseUnderWay(name);
    // As they are now, and not when the key is made: another may begin one meanwhile.
    const expectedCount = this.#known.authorities.length;
    const replaced = this.#known.usableRoot(name, this.#options.clock());
    if (replaced.signer === 'offline') {
      throw new RolloverError(
        'root_unusable',
        `the key of the root of ${name} is kept offline: its successor is made there (rollover request, sign-rollover)`,
      );
    }
    const oldRoot = this.#options.signing(replaced.id);
    const { keyType = oldRoot.record.keyType, place } = options;
    const prepared = await this.#maker.root({ oldRoot, keyType, place });
    const { rollover, root } = prepared;
    const act = { ...prepared, expectedCount };
    const data = { old_root: oldRoot.record.fingerprint256, new_root: root.fingerprint256 };
    const record = () => this.#options.store.publish(act, [eventOf('published', rollover, actor, data)]);
    if (!(await this.#recorded(root, record))) {
      throw new RolloverError('contended', 'others changed the authorities; nothing was made');
    }
    return this.#statusNow(name);
  }

  /** Lets the new root sign: from now on a new intermediate under it issues. Rejects as `publish` does. */
  async switch(name: string, options: SwitchOptions): Promise<StepOutcome> {
    const { record, waived, broken } = await this.#admit(name, 'switch', options);
    const { clock, store, signing } = this.#options;
    const now = clock();
    const expectedCount = this.#known.authorities.length;
    let intermediate: AuthorityRecord | { staged: string[] };
    if (this.#known.authority(record.newRootId).signer === 'offline') {
      if (options.place !== undefined) throw hasItsKey(name);
      intermediate = { staged: this.offline.staged(record.newRootId) };
    } else {
      const newRoot = signing(record.newRootId);
      intermediate = await this.#maker.intermediate({ rollover: record, newRoot, place: options.place, now });
    }
    const act = {
      rollover: { ...record, waived, switchedAt: now },
      expectedRevision: record.revision,
      intermediate,
      expectedCount,
    };
    const issues = 'staged' in intermediate ? intermediate.staged.at(-1)! : intermediate.id;
    const data = { intermediate: issues, left_behind: [...broken] };
    const events = [eventOf('switched', record, options.actor, data)];
    const switched = () => store.switch(act, events);
    if (!(await ('staged' in intermediate ? switched() : this.#recorded(intermediate, switched)))) {
      throw new RolloverError('contended', 'others changed the rollover; nothing was done');
    }
    return { status: await this.#statusNow(name), broken };
  }

  /** Ends the old root and everything under it. Rejects with RolloverError. */
  async retire(name: string, options: StepOptions): Promise<StepOutcome> {
    const { record, waived, broken } = await this.#admit(name, 'retire', options);
    const { store, revokeAuthority, revokeCertificate } = this.#options;
    const { actor } = options;
    const act = { id: record.id, waived, expectedRevision: record.revision };
    if (!(await store.waive(act, [eventOf('retired', record, actor, { left_behind: [...broken] })]))) {
      throw new RolloverError('contended', 'others changed the rollover; nothing was done');
    }
    const { fingerprint256 } = Certificate.parse(record.oldByNew);
    await revokeCertificate({ fingerprint256, reason: 'superseded' }, { actor });
    await revokeAuthority(record.oldRootId, { actor, reason: `rollover ${record.id}` });
    return { status: await this.#statusNow(name), broken };
  }

  /** Takes the new root back, as long as it has signed nothing. Rejects with RolloverError. */
  async cancel(name: string, { actor }: { readonly actor: Actor }): Promise<RolloverStatus> {
    await this.#known.read();
    const record = this.#known.latest(name);
    if (this.#known.phase(record) !== 'published') throw outOfOrder(name, this.#known.phase(record));
    await this.#refuseSwitch(record, actor);
    if (record.newByOld !== undefined) {
      const { fingerprint256 } = Certificate.parse(record.newByOld);
      await this.#options.revokeCertificate({ fingerprint256, reason: 'superseded' }, { actor });
    }
    await this.#options.revokeAuthority(record.newRootId, {
      actor,
      reason: `rollover ${record.id} cancelled`,
    });
    return this.#statusNow(name);
  }

  /** Of a cancellation and a switch at once, one comes about: both need the new root to be staged still. A cancellation that broke off goes on. */
  async #refuseSwitch(record: RolloverRecord, actor: Actor): Promise<void> {
    const { newRootId, name } = record;
    if (this.#known.authority(newRootId).state === 'retired') return;
    const changes = [{ id: newRootId, from: 'staged', to: 'retired' }] as const;
    const events = [eventOf('cancelled', record, actor, {})];
    if (!(await this.#options.authorities.changeStates({ changes }, events))) {
      throw new RolloverError('contended', `others changed the rollover of ${name}; nothing was done`);
    }
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  /** Records an authority by an act; its key is not left on a token if that comes to nothing. */
  #recorded(made: AuthorityRecord, record: () => Promise<boolean>): Promise<boolean> {
    const { keys } = this.#options;
    return recordedOrDiscarded([made], { keys, record, isRecorded: () => this.#known.isRecorded(made.id) });
  }

  /** Whether a step may be taken now, and whom it leaves behind. */
  async #admit(
    name: string,
    step: RolloverStep,
    { waive = [], force = false }: StepOptions,
  ): Promise<{ record: RolloverRecord; waived: readonly Waiver[]; broken: readonly string[] }> {
    await this.#readAll();
    const record = this.#known.latest(name);
    const status = await this.#status(record);
    if (status.next !== step) throw outOfOrder(name, status.phase);
    if (status.newRoot.state === 'retired') throw halfCancelled(name);
    const all = inTheWay(step, status.participants, status.certificates);
    const unknown = waive.filter((waiver) => !all.includes(waiver));
    if (unknown.length > 0) {
      throw new RolloverError(
        'waiver_unknown',
        `nobody of this name is in the way: ${unknown.join(', ')}`,
        unknown,
      );
    }
    const left = all.filter((one) => !waive.includes(one));
    if (left.length > 0 && !force) {
      throw new RolloverError('rollover_not_ready', notReady(step, left), left);
    }
    const waived = [...record.waived, ...waive.map((waiver) => ({ step, name: waiver }))];
    return { record, waived, broken: all };
  }

  async #status(record: RolloverRecord): Promise<RolloverStatus> {
    const { store, clients, nodes, clock } = this.#options;
    const phase = this.#known.phase(record);
    const next = nextStep(phase);
    const oldRoot = this.#known.authority(record.oldRootId);
    const newRoot = this.#known.authority(record.newRootId);
    const now = clock();
    const found =
      next === undefined
        ? []
        : participants({
            clientIds: await clients(),
            nodeIds: new Set(await nodes()),
            reports: await store.listReports(),
            newRoot: newRoot.fingerprint256,
            since: record.switchedAt ?? record.publishedAt,
            now,
          });
    const authorityIds = this.#known.under(record.oldRootId);
    const certificates =
      next === undefined ? [] : await store.unreplaced({ authorityIds, now, limit: certificatesShown });
    const waived = record.waived.filter(({ step }) => step === next).map(({ name }) => name);
    const blocking = inTheWay(next, found, certificates).filter((name) => !waived.includes(name));
    return { record, phase, next, oldRoot, newRoot, participants: found, certificates, blocking, waived };
  }

  /** After an act of this process: what it did is known here before it is answered. */
  async #statusNow(name: string): Promise<RolloverStatus> {
    await this.#readAll();
    return this.status(name);
  }

  async #readAll(): Promise<void> {
    await Promise.all([this.#known.read(), this.#options.refresh()]);
  }

  #onEvent(event: Event): void {
    if (event.object.kind !== 'authority') return;
    this.#readAll()
      .then(() => {
        for (const listener of this.#listeners) listener();
      })
      .catch(this.#options.onError);
  }
}
