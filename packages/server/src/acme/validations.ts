import { EventEmitter } from 'node:events';
import type { EventDraft } from '../events/index.ts';
import {
  type ChallengeMethod,
  NetworkFailure,
  type ValidationNetwork,
} from './challenges/challenge-method.ts';
import { challengeMethods } from './challenges/challenges.ts';
import { identifierText } from './identifiers.ts';
import { authorizationStatus } from './order-status.ts';
import type { RateLimits } from './rate-limits.ts';
import type { AcmeAccount, Authorization, Challenge, ChallengeFailure } from './records.ts';
import type { AcmeStore } from './store.ts';

interface Failed extends ChallengeFailure {
  readonly final: boolean;
}

export interface ValidationSettings {
  /** How many are under way at once. Default 16. */
  readonly concurrency?: number;
  /** How long after a failed attempt the next one is made; the number of attempts is one more. Default 1 and 4 seconds. */
  readonly retryDelaysMs?: readonly number[];
  readonly ports?: { readonly http: number; readonly tls: number };
  /** How long the answer to a challenge waits for the first attempt: a client that learns of it at once need not ask again. Default 300. */
  readonly patienceMs?: number;
}

export interface ValidationsOptions extends ValidationSettings {
  readonly store: Pick<
    AcmeStore,
    'findAuthorizations' | 'findAccount' | 'changeAuthorization' | 'dueAuthorizations'
  >;
  readonly network: ValidationNetwork;
  readonly limits: RateLimits;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** How long an authorization that was proven is good. */
const validLifetimeMs = 30 * 86_400_000;
/** How long an attempt may take before another node takes it for dead. */
const leaseMs = 60_000;
/** How many wait in this process; what is beyond is found by `sweep`. */
const maximumWaiting = 1000;

/**
 * Tries the challenges that are due, a bounded number at once. That one is due is on record, so one that a process did
 * not finish is finished by another, or by the next.
 */
export class Validations {
  readonly #options: ValidationsOptions;
  readonly #concurrency: number;
  readonly #retryDelaysMs: readonly number[];
  readonly #waiting = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Emits the id of an authorization at the end of each attempt. */
  readonly #ended = new EventEmitter().setMaxListeners(0);
  #closed = false;

  constructor(options: ValidationsOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? 16;
    this.#retryDelaysMs = options.retryDelaysMs ?? [1000, 4000];
  }

  /** How many are under way, or wait. */
  get size(): number {
    return this.#running.size + this.#waiting.size;
  }

  /** Tries one soon. */
  start(authorizationId: string): void {
    if (this.#closed || this.#waiting.size >= maximumWaiting) return;
    this.#waiting.add(authorizationId);
    this.#next();
  }

  /** Tries one soon; resolves when that is over, or with the end of patience, whatever comes of it. */
  attempt(authorizationId: string): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#ended.off(authorizationId, over);
        resolve();
      };
      const timer = setTimeout(over, this.#options.patienceMs ?? 300);
      this.#ended.once(authorizationId, over);
      this.start(authorizationId);
    });
  }

  /** Takes up what is due and nobody is at. */
  async sweep(): Promise<void> {
    const { store, clock } = this.#options;
    for (const id of await store.dueAuthorizations(clock(), 100)) this.start(id);
  }

  /** Begins nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const id of this.#ended.eventNames()) this.#ended.emit(id);
    await Promise.all(this.#running);
  }

  #next(): void {
    for (const id of this.#waiting) {
      if (this.#running.size >= this.#concurrency) return;
      this.#waiting.delete(id);
      const run: Promise<void> = this.#attempt(id)
        .catch(this.#options.onError)
        .finally(() => {
          this.#running.delete(run);
          this.#ended.emit(id);
          this.#next();
        });
      this.#running.add(run);
    }
  }

  async #attempt(id: string): Promise<void> {
    const { store, clock } = this.#options;
    const [found] = await store.findAuthorizations([id]);
    const challenge = found?.challenges.find(({ status }) => status === 'processing');
    const now = clock();
    if (found === undefined || challenge === undefined || authorizationStatus(found, now) !== 'pending')
      return;
    if (found.attemptDueAt === undefined || found.attemptDueAt > now) return;
    const account = await store.findAccount(found.accountId);
    // RFC 8555 §7.3.6: what a deactivated account began is not gone on with.
    if (account?.status !== 'valid') return;
    const claimed = {
      ...found,
      attempts: found.attempts + 1,
      attemptDueAt: now + leaseMs,
      revision: found.revision + 1,
    };
    if (!(await this.#change(claimed, []))) return;
    const failure = await this.#validate(claimed, challenge, account);
    await this.#conclude(claimed, challenge, account, failure);
  }

  async #validate(
    { identifier }: Authorization,
    { type, token }: Challenge,
    account: AcmeAccount,
  ): Promise<Failed | undefined> {
    const method = challengeMethods.find((one): one is ChallengeMethod => one.type === type)!;
    const { network, ports = { http: 80, tls: 443 } } = this.#options;
    const keyAuthorization = `${token}.${account.thumbprint}`;
    try {
      await method.validate({ identifier, token, keyAuthorization, network, ports });
      return undefined;
    } catch (error) {
      if (error instanceof NetworkFailure) {
        return { type: error.type, detail: error.message.slice(0, 500), final: error.final };
      }
      throw error;
    }
  }

  async #conclude(
    claimed: Authorization,
    challenge: Challenge,
    account: AcmeAccount,
    failed: Failed | undefined,
  ): Promise<void> {
    const now = this.#options.clock();
    const { attemptDueAt: _, ...rest } = claimed;
    const next = { ...rest, revision: claimed.revision + 1 };
    const { failure: _former, ...tried } = challenge;
    if (failed === undefined) {
      const valid: Challenge = { ...tried, status: 'valid', validatedAt: now };
      const challenges = replaced(claimed, valid);
      const authorization = {
        ...next,
        status: 'valid',
        expiresAt: now + validLifetimeMs,
        challenges,
      } as const;
      await this.#change(authorization, [concluded(authorization, challenge, account, undefined)]);
      return;
    }
    const { final, ...failure } = failed;
    const delayMs = final ? undefined : this.#retryDelaysMs[claimed.attempts - 1];
    if (delayMs !== undefined) {
      const challenges = replaced(claimed, { ...tried, status: 'processing', failure });
      if (await this.#change({ ...next, challenges, attemptDueAt: now + delayMs }, [])) {
        this.#later(claimed.id, delayMs);
      }
      return;
    }
    this.#options.limits.count('failedValidation', `${account.id} ${identifierText(claimed.identifier)}`);
    const challenges = replaced(claimed, { ...tried, status: 'invalid', failure });
    const authorization = { ...next, status: 'invalid', challenges } as const;
    await this.#change(authorization, [concluded(authorization, challenge, account, failure)]);
  }

  #later(id: string, delayMs: number): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.start(id);
    }, delayMs);
    this.#timers.add(timer.unref());
  }

  #change(authorization: Authorization, events: readonly EventDraft[]): Promise<boolean> {
    const expectedRevision = authorization.revision - 1;
    return this.#options.store.changeAuthorization({ authorization, expectedRevision }, events);
  }
}

function replaced({ challenges }: Authorization, changed: Challenge): Challenge[] {
  return challenges.map((one) => (one.type === changed.type ? changed : one));
}

function concluded(
  { id, identifier, wildcard }: Authorization,
  { type }: Challenge,
  account: AcmeAccount,
  failure: ChallengeFailure | undefined,
): EventDraft {
  return {
    actor: 'system',
    act: failure === undefined ? 'authorization.validated' : 'authorization.failed',
    object: { kind: 'authorization', id },
    ...(account.clientId === undefined ? {} : { clientId: account.clientId }),
    data: {
      account_id: account.id,
      profile: account.profile,
      identifier: identifierText(identifier),
      ...(wildcard ? { wildcard } : {}),
      challenge: type,
      ...(failure === undefined ? {} : { error: failure.type }),
    },
  };
}
