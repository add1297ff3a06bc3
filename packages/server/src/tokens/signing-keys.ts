import type { Actor, Event, EventDraft, Feed } from '../events/index.ts';
import { generateSigningKey, type Sealer } from './key-generation.ts';
import { type JwkSet, KeyRing } from './key-ring.ts';
import {
  currentKey,
  defaultRotation,
  isPublished,
  keyMarginSeconds,
  newestKey,
  type Rotation,
  retirableKeys,
  successorActivatesAt,
  waitingKeys,
} from './key-schedule.ts';
import type { SigningKey, VerificationKey } from './signing-key.ts';
import { SigningKeyError } from './signing-key-error.ts';
import { type SigningAlgorithm, type SigningKeyRecord, signingAlgorithms } from './signing-key-record.ts';
import type { KeyStore } from './store.ts';

export interface SigningKeysOptions {
  readonly store: KeyStore;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly sealer: Sealer;
  readonly clock: () => number;
  /** Default: every 30 days, published 1 day before. */
  readonly rotation?: Partial<Rotation>;
  /** No token lives longer; default 86,400. A key stays published for that long (and ten minutes) after its last one. */
  readonly maximumTokenLifetimeSeconds?: number;
  /** Called with what went wrong in the background; it is tried again. */
  readonly onError: (error: unknown) => void;
  /** How often the schedule is looked at; default 60,000. */
  readonly maintenanceIntervalMs?: number;
}

/** A key as it is listed: never with its private part. Times are epoch milliseconds. */
export interface SigningKeyInformation {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** `waiting`: published, signs later; `superseded`: published until its last token has expired. */
  readonly state: 'waiting' | 'current' | 'superseded' | 'retired' | 'revoked';
  readonly createdAt: number;
  readonly activatesAt: number;
  readonly retiredAt?: number;
  readonly revokedAt?: number;
}

const attempts = 5;

/**
 * The keys that sign access tokens: made as algorithms are needed, rotated on a schedule, and shared with the other
 * nodes through the database and its feed. Private keys are opened in memory only.
 */
export class SigningKeys {
  readonly maximumTokenLifetimeSeconds: number;
  readonly #options: SigningKeysOptions;
  readonly #rotation: Rotation;
  readonly #ensuring = new Map<SigningAlgorithm, Promise<void>>();
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #ring: KeyRing;
  #reloading: Promise<void> | undefined;
  #outdated = false;
  #background: Promise<void> = Promise.resolve();

  private constructor(options: SigningKeysOptions) {
    this.#options = options;
    this.#rotation = { ...defaultRotation, ...options.rotation };
    this.maximumTokenLifetimeSeconds = options.maximumTokenLifetimeSeconds ?? 86_400;
    this.#ring = new KeyRing([], options.sealer);
    this.#unsubscribe = options.feed.subscribe('signing keys', (event) => this.#hear(event));
    const interval = options.maintenanceIntervalMs ?? 60_000;
    this.#timer = setInterval(() => this.#inBackground(() => this.maintain()), interval).unref();
  }

  /** Reads the keys, makes the first one (ES256) where there is none, and catches up with the schedule. */
  static async open(options: SigningKeysOptions): Promise<SigningKeys> {
    const keys = new SigningKeys(options);
    try {
      await keys.ensure('ES256');
      await keys.maintain();
    } catch (error) {
      await keys.close();
      throw error;
    }
    return keys;
  }

  /** The key that signs now; undefined until `ensure` has made one for this algorithm. */
  current(algorithm: SigningAlgorithm): SigningKey | undefined {
    return this.#ring.current(algorithm, this.#options.clock());
  }

  /** Makes the first key of an algorithm, which signs at once; without effect where there is one. */
  async ensure(algorithm: SigningAlgorithm): Promise<void> {
    if (this.current(algorithm) !== undefined) return;
    let ensuring = this.#ensuring.get(algorithm);
    if (ensuring === undefined) {
      ensuring = this.#makeFirst(algorithm).finally(() => this.#ensuring.delete(algorithm));
      this.#ensuring.set(algorithm, ensuring);
    }
    return ensuring;
  }

  /** Every published public key, with `kid`, `alg` and `use`; also those that will sign later. */
  jwks(): JwkSet {
    return this.#ring.jwks();
  }

  /** The published key of this id; `revoked`, or undefined for one that was never here or is retired. */
  verification(kid: string): VerificationKey | 'revoked' | undefined {
    return this.#ring.verification(kid);
  }

  /** All keys ever, oldest first. */
  list(): SigningKeyInformation[] {
    const now = this.#options.clock();
    return this.#ring.records.map((record) => {
      const { kid, algorithm, createdAt, activatesAt, retiredAt, revokedAt } = record;
      return {
        kid,
        algorithm,
        state: stateOf(record, this.#ring.records, now),
        createdAt,
        activatesAt,
        ...(retiredAt === undefined ? {} : { retiredAt }),
        ...(revokedAt === undefined ? {} : { revokedAt }),
      };
    });
  }

  /**
   * Makes the next key of an algorithm. It signs after the lead, so that everyone has it by then; `immediately`: now.
   * Where one waits already, that one is the answer. Throws SigningKeyError `contention`.
   */
  async rotate(act: {
    readonly algorithm: SigningAlgorithm;
    readonly immediately?: boolean;
    readonly actor: Actor;
  }): Promise<string> {
    for (let left = attempts; left > 0; left--) {
      const now = this.#options.clock();
      const waiting = waitingKeys(this.#ring.records, act.algorithm, now)[0];
      if (waiting !== undefined && act.immediately !== true) return waiting.kid;
      const current = currentKey(this.#ring.records, act.algorithm, now);
      const lead = act.immediately === true || current === undefined ? 0 : this.#rotation.leadSeconds * 1000;
      // Later than the key that signs, or it would be chance which of the two does.
      const activatesAt = Math.max(now + lead, (current?.activatesAt ?? 0) + 1);
      const kid = await this.#create(act.algorithm, activatesAt, act.actor);
      if (kid !== undefined) return kid;
    }
    throw contention();
  }

  /**
   * Ends a key and every token that it signed, at once and everywhere. If it was the one that signs, another takes its
   * place in the same act. Throws SigningKeyError `key_unknown`, `key_revoked`, `key_retired`.
   */
  async revoke(act: {
    readonly kid: string;
    readonly actor: Actor;
    readonly reason?: string;
  }): Promise<void> {
    await this.#reload();
    const { records } = this.#ring;
    const record = records.find((one) => one.kid === act.kid);
    if (record === undefined) throw new SigningKeyError('key_unknown', 'there is no such signing key');
    if (record.revokedAt !== undefined) throw alreadyRevoked(act.kid);
    if (record.retiredAt !== undefined) throw new SigningKeyError('key_retired', `${act.kid} is retired`);
    const now = this.#options.clock();
    const signs = currentKey(records, record.algorithm, now)?.kid === act.kid;
    const replacement = signs ? await this.#generate(record.algorithm, now, now) : undefined;
    const revoked: EventDraft = {
      actor: act.actor,
      act: 'key.revoked',
      object: { kind: 'key', id: act.kid },
      data: { algorithm: record.algorithm, ...(act.reason === undefined ? {} : { reason: act.reason }) },
      denylist: { add: [{ kind: 'key', id: act.kid, expiresAt: now + this.#longestUse() }] },
    };
    const outcome = await this.#options.store.revoke(
      { kid: act.kid, at: now, replacement },
      replacement === undefined ? [revoked] : [revoked, keyCreated(replacement, act.actor)],
    );
    await this.#reload();
    if (!outcome.done) throw alreadyRevoked(act.kid);
  }

  /** Makes successors that are due and retires keys of which every token has expired; any node may. */
  async maintain(): Promise<void> {
    await this.#reload();
    const now = this.#options.clock();
    for (const algorithm of signingAlgorithms) {
      const activatesAt = successorActivatesAt(this.#ring.records, algorithm, this.#rotation, now);
      if (activatesAt !== undefined) await this.#create(algorithm, activatesAt, 'system');
    }
    const retirable = retirableKeys(this.#ring.records, this.maximumTokenLifetimeSeconds, now);
    for (const { kid, algorithm } of retirable) {
      await this.#options.store.retire({ kid, at: now }, [
        { actor: 'system', act: 'key.retired', object: { kind: 'key', id: kid }, data: { algorithm } },
      ]);
    }
    if (retirable.length > 0) await this.#reload();
  }

  /** Stops the schedule and waits for what runs in the background. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#background;
  }

  /** Until then at the latest lives a token that was signed now, and so stays whatever kills it, in milliseconds. */
  #longestUse(): number {
    return (this.maximumTokenLifetimeSeconds + keyMarginSeconds) * 1000;
  }

  async #makeFirst(algorithm: SigningAlgorithm): Promise<void> {
    for (let left = attempts; left > 0 && this.current(algorithm) === undefined; left--) {
      await this.#reload();
      if (this.current(algorithm) === undefined)
        await this.#create(algorithm, this.#options.clock(), 'system');
    }
    if (this.current(algorithm) === undefined) throw contention();
  }

  /** Undefined: another node was first. Either way the ring is fresh afterwards. */
  async #create(algorithm: SigningAlgorithm, activatesAt: number, actor: Actor): Promise<string | undefined> {
    const newest = newestKey(this.#ring.records, algorithm)?.kid;
    const key = await this.#generate(algorithm, this.#options.clock(), activatesAt);
    const outcome = await this.#options.store.create({ key, newest }, [keyCreated(key, actor)]);
    await this.#reload();
    return outcome.done ? key.kid : undefined;
  }

  #generate(algorithm: SigningAlgorithm, createdAt: number, activatesAt: number): Promise<SigningKeyRecord> {
    return generateSigningKey(algorithm, { createdAt, activatesAt }, this.#options.sealer);
  }

  #hear(event: Event): void {
    if (event.object.kind === 'key') {
      // Without waiting for the reading: from here on nothing is signed or accepted with it.
      if (event.act === 'key.revoked') this.#ring = this.#ring.without(event.object.id, event.at);
      this.#inBackground(() => this.#reload());
    } else if (event.object.kind === 'resource') {
      const algorithm = signingAlgorithms.find((one) => one === event.data?.['signing_algorithm']);
      if (algorithm !== undefined) this.#inBackground(() => this.ensure(algorithm));
    }
  }

  /** Reads the keys; a call during a reading makes it read once more, so that the caller sees what was there at the call. */
  #reload(): Promise<void> {
    this.#outdated = true;
    this.#reloading ??= this.#readWhileOutdated().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #readWhileOutdated(): Promise<void> {
    while (this.#outdated) {
      this.#outdated = false;
      const records = await this.#options.store.list();
      // What came in meanwhile may be a revocation that this reading has not seen.
      if (!this.#outdated) this.#ring = new KeyRing(records, this.#options.sealer, this.#ring);
    }
  }

  #inBackground(work: () => Promise<void>): void {
    this.#background = Promise.allSettled([this.#background, work()]).then(([, done]) => {
      if (done.status === 'rejected') this.#options.onError(done.reason);
    });
  }
}

function stateOf(
  record: SigningKeyRecord,
  records: readonly SigningKeyRecord[],
  now: number,
): SigningKeyInformation['state'] {
  if (record.revokedAt !== undefined) return 'revoked';
  if (!isPublished(record)) return 'retired';
  if (record.activatesAt > now) return 'waiting';
  return currentKey(records, record.algorithm, now)?.kid === record.kid ? 'current' : 'superseded';
}

function keyCreated(key: SigningKeyRecord, actor: Actor): EventDraft {
  return {
    actor,
    act: 'key.created',
    object: { kind: 'key', id: key.kid },
    data: { algorithm: key.algorithm, activates_at: Math.floor(key.activatesAt / 1000) },
  };
}

function alreadyRevoked(kid: string): SigningKeyError {
  return new SigningKeyError('key_revoked', `${kid} is revoked already`);
}

function contention(): SigningKeyError {
  return new SigningKeyError('contention', 'other nodes keep changing the signing keys; try again');
}
