import type { ChallengeAnswers } from '../acme/challenge.ts';
import { ClientError } from '../errors.ts';
import type { Credential } from '../files/credential.ts';
import { CredentialFolder, type Staged } from '../files/credential-folder.ts';
import { type Wait, waitByTimer } from '../time/wait.ts';
import type { Anchors } from '../transport/anchors.ts';
import type { Enrolment } from './enrolment.ts';
import { Followers, type TakeOver } from './followers.ts';
import { hasName } from './obtain-credential.ts';
import type { RenewalEvent } from './renewal-event.ts';
import { isFinal, type RenewalStatus } from './renewal-status.ts';
import { lifeOf, lifeStage } from './renewal-time.ts';
import { Renewer } from './renewer.ts';
import { Schedule } from './schedule.ts';

/** What a folder held at the start. */
interface Found {
  readonly credential: Credential;
  /** Epoch milliseconds. */
  readonly writtenAt: number;
}

export interface ManageCertificateOptions {
  /** Where key and certificate are kept; see `CredentialFolder`. Made where it is not there. */
  readonly folder: string;
  /** Where to get certificates. Needed for the first; the folder remembers it. */
  readonly enrolment?: Enrolment | undefined;
  /** Whom to trust first. Default: the roots of the enrolment, else those in the folder; without any, nothing is asked. */
  readonly anchors?: Anchors | undefined;
  /** draft-ietf-acme-profiles. Default: the server's. */
  readonly profile?: string | undefined;
  /** How challenges are answered. Default none: authorizations of Mortise's clients are born valid. */
  readonly challenges?: readonly ChallengeAnswers[] | undefined;
  /** Hears what happens. */
  readonly onEvent?: ((event: RenewalEvent) => void) | undefined;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** From 0 up to 1, spreads renewals and retries. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Default: timers, which keep the process alive only until there is a certificate. */
  readonly wait?: Wait | undefined;
}

/**
 * A certificate that renews itself: by the server's renewal information, else after two thirds of its life. A failure never drops
 * the one in use; it is tried again, with growing pauses. Give it to `createClient` as `certificate`.
 */
export class ManagedCertificate {
  readonly #onEvent: (event: RenewalEvent) => void;
  readonly #clock: () => number;
  readonly #wait: Wait;
  readonly #folder: CredentialFolder;
  readonly #renewer: Renewer;
  readonly #schedule: Schedule;
  readonly #followers = new Followers();
  readonly #closing = new AbortController();
  #current: Credential | undefined;
  /** When the last certificate was obtained. */
  #obtainedAt = 0;
  /** Obtained, and the disk did not take it: another one would be ordered for each try. */
  #unwritten: Credential | undefined;
  /** Obtained and on the disk; not every follower has taken it over yet. */
  #next: Staged | undefined;
  #told: number | undefined;
  #working: Promise<void> = Promise.resolve();
  /** Ends a pause of the loop: the schedule has changed. */
  #wake = new AbortController();

  private constructor(options: ManageCertificateOptions, folder: CredentialFolder, found: Found | undefined) {
    const { enrolment, anchors, profile, challenges, clock = Date.now, random = Math.random } = options;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#clock = clock;
    this.#folder = folder;
    this.#current = found?.credential;
    this.#schedule = new Schedule(clock, random);
    if (found !== undefined) {
      const current = found.credential;
      this.#schedule.begin(lifeOf(current.certificate, Math.min(found.writtenAt, clock())), false);
      if (enrolment !== undefined && !hasName(current.certificate, enrolment.identifier))
        this.#schedule.replaceNow();
    }
    this.#wait =
      options.wait ?? ((at, signal) => waitByTimer(clock, this.#current === undefined)(at, signal));
    const wait = options.wait ?? waitByTimer(clock);
    this.#renewer = new Renewer({ folder, enrolment, anchors, profile, challenges, clock, wait });
  }

  /** Reads the folder; connects to nothing. Throws `folder_unusable`. */
  static async open(options: ManageCertificateOptions): Promise<ManagedCertificate> {
    const folder = await CredentialFolder.open(options.folder);
    const credential = await folder.read().catch((error: unknown) => {
      // What cannot be used is replaced: there is nothing to lose.
      if (error instanceof ClientError && error.code === 'credential_invalid') return undefined;
      throw error;
    });
    const found = credential && { credential, writtenAt: await folder.writtenAt() };
    return new ManagedCertificate(options, folder, found);
  }

  /** The one in use; undefined before the first. */
  get credential(): Credential | undefined {
    return this.#current;
  }

  status(): RenewalStatus {
    const certificate = this.#current?.certificate;
    const { renewAt, failures, lastError } = this.#schedule;
    return {
      state:
        certificate === undefined
          ? 'enrolling'
          : lifeStage(this.#schedule.life ?? certificate, this.#clock()),
      fingerprint256: certificate?.fingerprint256,
      notBefore: certificate?.notBefore,
      notAfter: certificate?.notAfter,
      nextRenewal: failures > 0 ? this.#schedule.retryAt : renewAt,
      failures,
      lastError,
    };
  }

  /**
   * From now on every new certificate is offered to `takeOver` before it replaces the one in use; where it rejects, the former
   * stays, and it is asked again. Answers how to stop that.
   */
  follow(takeOver: TakeOver): () => void {
    return this.#followers.add(takeOver, this.#current);
  }

  /**
   * The certificate in use, if it has not ended; else enrols. Tries again while the server cannot be reached; rejects where it
   * refuses, or something is wrong here.
   */
  async enrol(): Promise<Credential> {
    for (;;) {
      if (this.#current !== undefined && this.#isUsable()) return this.#current;
      try {
        await this.ensure();
      } catch (error) {
        if (this.#current === undefined && isFinal(error)) throw error;
        await this.#wait(this.#schedule.retryAt, this.#closing.signal);
      }
    }
  }

  /** Enrols, or renews if that is due now; answers whether there is a new certificate. Rejects with why there is none. */
  async ensure(): Promise<boolean> {
    const before = this.#current;
    await this.#alone(async () => {
      await this.#ask();
      if (this.#schedule.failures > 0 || this.#schedule.due <= this.#clock()) await this.#renew();
    });
    return this.#current !== before;
  }

  /** Renews now, due or not. Rejects with why there is no new certificate; the one in use stays then. */
  async renew(): Promise<void> {
    await this.#alone(() => this.#renew());
  }

  /**
   * From now on trusts these CA certificates (PEM), and only them, for its own connections and in `ca.pem`: what
   * `client.followTrust({ onChange })` hears. There has to be a certificate.
   */
  async trust(ca: string): Promise<void> {
    await this.#alone(async () => {
      const current = this.#current;
      if (current === undefined)
        throw new ClientError('configuration_invalid', 'there is no certificate yet');
      if (current.ca === ca) return;
      const staged = await this.#folder.stage({ ...current, ca });
      await this.#folder.publish(staged);
      this.#current = staged.credential;
      this.#followers.keep(current, staged.credential);
      if (this.#next !== undefined) this.#next = await this.#stageAgain(this.#next.credential, ca);
      await this.#renewer.reconnect();
      this.#onEvent({ type: 'trust_changed', credential: staged.credential });
    });
  }

  /** Keeps it renewed until it is closed. */
  start(): void {
    void this.#keepRenewed();
  }

  /** Ends what is under way. Files stay as they are. */
  async close(): Promise<void> {
    this.#closing.abort(new ClientError('closed', 'the certificate is managed no longer'));
    await this.#renewer.close();
    await this.#working;
  }

  async #keepRenewed(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const wakened = AbortSignal.any([signal, this.#wake.signal]);
      await this.#wait(this.#schedule.lookAt, wakened).catch(() => undefined);
      if (wakened.aborted) continue;
      // What went wrong was told, and the schedule has the next try.
      await this.#alone(async () => {
        await this.#ask();
        if (this.#schedule.due <= this.#clock()) await this.#renew();
      }).catch(() => undefined);
    }
  }

  /** One thing at a time. */
  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#working.then(async () => {
      this.#closing.signal.throwIfAborted();
      await work();
    });
    this.#working = done.then(
      () => this.#wake.abort(),
      () => this.#wake.abort(),
    );
    return done;
  }

  #isUsable(): boolean {
    return this.#current !== undefined && lifeStage(this.#current.certificate, this.#clock()) !== 'ended';
  }

  /** Asks the server when to renew, if it is time to ask. Failing is no failure of the renewal. */
  async #ask(): Promise<void> {
    const schedule = this.#schedule;
    if (this.#current === undefined || !schedule.isCheckDue) return;
    try {
      schedule.heard(await this.#renewer.renewalInfo(this.#current.certificate));
    } catch (error) {
      if (this.#closing.signal.aborted) throw error;
      this.#onEvent({ type: 'renewal_info_failed', error, retryAt: schedule.unheard(error) });
    }
    const at = schedule.renewAt!;
    if (at === this.#told) return;
    this.#told = at;
    const { renewalInfo } = schedule;
    const by = renewalInfo === undefined ? 'lifetime' : 'renewal_info';
    this.#onEvent({ type: 'scheduled', at, by, explanationUrl: renewalInfo?.explanationUrl });
  }

  async #renew(): Promise<void> {
    try {
      const next = await this.#obtain();
      this.#next = next;
      // Where nothing works, nothing is given up, and whoever starts anew shall find it.
      if (!this.#isUsable()) await this.#publish(next);
    } catch (error) {
      throw this.#failed('renewal_failed', error);
    }
    try {
      await this.#followers.offer(this.#next.credential);
      await this.#publish(this.#next);
    } catch (error) {
      throw this.#failed('handover_failed', error);
    }
    this.#next = undefined;
    this.#schedule.succeeded();
  }

  /** The one that waits to be taken over, unless it has ended meanwhile; else a new one, on the disk. */
  async #obtain(): Promise<Staged> {
    const waiting = this.#next?.credential;
    if (waiting !== undefined && this.#isFresh(waiting)) {
      return (await this.#folder.holds(this.#next!)) ? this.#next! : this.#stageAgain(waiting, waiting.ca);
    }
    const kept = this.#unwritten;
    if (kept === undefined || !this.#isFresh(kept)) {
      this.#unwritten = await this.#renewer.obtain(this.#current);
      this.#obtainedAt = this.#clock();
    }
    const staged = await this.#folder.stage(this.#unwritten!);
    this.#unwritten = undefined;
    return staged;
  }

  /** Whether the last one obtained is still worth being taken over. */
  #isFresh({ certificate }: Credential): boolean {
    return lifeStage(lifeOf(certificate, this.#obtainedAt), this.#clock()) === 'valid';
  }

  async #stageAgain(credential: Credential, ca: string): Promise<Staged> {
    const staged = await this.#folder.stage({ ...credential, ca });
    this.#followers.keep(credential, staged.credential);
    return staged;
  }

  async #publish(next: Staged): Promise<void> {
    const former = this.#current;
    const { credential } = next;
    if (former === credential) return;
    await this.#folder.publish(next);
    this.#current = credential;
    this.#schedule.begin(lifeOf(credential.certificate, this.#obtainedAt), true);
    this.#onEvent(
      former === undefined ? { type: 'enrolled', credential } : { type: 'renewed', credential, former },
    );
  }

  #failed(type: 'renewal_failed' | 'handover_failed', error: unknown): unknown {
    if (this.#closing.signal.aborted) return error;
    const retryAt = this.#schedule.failed(error);
    this.#onEvent({ type, error, failures: this.#schedule.failures, retryAt });
    return error;
  }
}

/**
 * Opens a folder, keeps its certificate renewed, and resolves when there is one: at once where the folder holds one that has not ended,
 * else once it has enrolled. Rejects where the server refuses or the options are wrong; a server that cannot be reached is tried
 * again.
 */
export async function manageCertificate(options: ManageCertificateOptions): Promise<ManagedCertificate> {
  const managed = await ManagedCertificate.open(options);
  try {
    await managed.enrol();
  } catch (error) {
    await managed.close();
    throw error;
  }
  managed.start();
  return managed;
}
