import { randomUUID } from 'node:crypto';
import { asServerError, ResourceServerError } from '../errors.ts';
import type { ResourceServerEvent } from '../events.ts';
import type { TrustedConnections } from '../transport/trusted-connections.ts';

export interface ReporterOptions {
  /** `<mtlsUrl>/nodes/v1/reports`. */
  readonly url: string;
  readonly connections: TrustedConnections;
  readonly log: (event: ResourceServerEvent) => void;
  readonly clock: () => number;
}

interface Met {
  readonly thumbprint: string;
  readonly clientId: string;
  lastSeenAt: number;
  count: number;
}

/** Long enough for a burst of revocations to go out as one report. */
const enforcedDelayMs = 50;
const reachedDelayMs = 1_000;
const metDelayMs = 5_000;
const timeoutMs = 5_000;
/** A server that hears nothing for a quarter of an hour takes this process to be gone. */
const trustEveryMs = 300_000;
const maxEnforced = 1_000;
const maxMet = 10_000;
/** More in one report the server does not take. */
const metPerReport = 1_000;

/** The server understood the report and will never take it. */
class ReportRefused extends ResourceServerError {}

/**
 * Tells the authorization server what is in force here (soon) and which certificates came by (every 5 s). What could not be delivered is
 * kept, within bounds, for the next report.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #stopping = new AbortController();
  #position = 0;
  /** Whether the position has moved since the last report. */
  #moved = false;
  /** What this process trusts, as it was told last; undefined before. */
  #anchors: readonly string[] | undefined;
  #anchorsDue = false;
  /** This process ends: it counts no more among those that trust. */
  #gone = false;
  readonly #instance = randomUUID();
  #trustTimer: NodeJS.Timeout | undefined;
  #enforced: { position: number; at: number }[] = [];
  #met = new Map<string, Met>();
  #timer: NodeJS.Timeout | undefined;
  #due = Number.POSITIVE_INFINITY;
  #sending: Promise<void> | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  enforced(position: number): void {
    this.#position = position;
    if (this.#enforced.length >= maxEnforced) this.#enforced.shift();
    this.#enforced.push({ position, at: this.#options.clock() });
    this.#schedule(enforcedDelayMs);
  }

  /** A position up to which nothing changed here: told as well, so that nobody takes this node for one that lags. */
  reached(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    this.#moved = true;
    this.#schedule(reachedDelayMs);
  }

  /** SHA-256 of every certificate that this process trusts: told now, and every five minutes from now on. */
  trusts(anchors: readonly string[]): void {
    this.#anchors = anchors;
    this.#anchorsDue = true;
    this.#schedule(enforcedDelayMs);
    this.#trustTimer ??= setInterval(() => {
      this.#anchorsDue = true;
      this.#schedule(enforcedDelayMs);
    }, trustEveryMs).unref();
  }

  /** A request that was let through over a connection with this certificate. */
  met(thumbprint: string, clientId: string, now: number): void {
    let met = this.#met.get(thumbprint);
    if (met !== undefined && met.clientId !== clientId) {
      const both = `${thumbprint} ${clientId}`;
      met = this.#met.get(both) ?? this.#remember(both, { thumbprint, clientId, lastSeenAt: now, count: 0 });
    }
    met ??= this.#remember(thumbprint, { thumbprint, clientId, lastSeenAt: now, count: 0 });
    met.lastSeenAt = now;
    met.count += 1;
  }

  /** Sends what there is, and no more after that. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    clearInterval(this.#trustTimer);
    this.#timer = undefined;
    await this.#sending;
    this.#gone = this.#anchors !== undefined;
    await this.#send();
    this.#stopping.abort();
  }

  #remember(key: string, met: Met): Met {
    if (this.#met.size < maxMet) this.#met.set(key, met);
    this.#schedule(metDelayMs);
    return met;
  }

  #schedule(delayMs: number): void {
    if (this.#stopping.signal.aborted) return;
    const due = performance.now() + delayMs;
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = (this.#sending ?? Promise.resolve()).then(() => this.#send());
    }, delayMs);
    this.#timer.unref();
  }

  async #send(): Promise<void> {
    if (
      !this.#moved &&
      !this.#anchorsDue &&
      !this.#gone &&
      this.#enforced.length === 0 &&
      this.#met.size === 0
    )
      return;
    let enforced = this.#enforced;
    const met = [...this.#met];
    this.#enforced = [];
    this.#met = new Map();
    this.#moved = false;
    const anchorsDue = this.#anchorsDue;
    this.#anchorsDue = false;
    try {
      do {
        const part = met.splice(0, metPerReport);
        try {
          await this.#post(enforced, part, anchorsDue);
        } catch (error) {
          // What will never be taken is not kept: it would stand in the way of every later report.
          if (!(error instanceof ReportRefused)) met.unshift(...part);
          throw error;
        }
        enforced = [];
      } while (met.length > 0);
    } catch (error) {
      this.#options.log({ type: 'report_failed', error: asServerError(error, this.#options.url) });
      const refused = error instanceof ReportRefused;
      this.#moved = !refused;
      this.#anchorsDue = anchorsDue && !refused;
      if (!refused || met.length > 0) this.#keep(refused ? [] : enforced, new Map(met));
    }
  }

  async #post(
    enforced: readonly { position: number; at: number }[],
    met: readonly (readonly [string, Met])[],
    withAnchors: boolean,
  ): Promise<void> {
    const report = {
      position: this.#position,
      enforced,
      certificates: met.map(([, { thumbprint, clientId, lastSeenAt, count }]) => ({
        'x5t#S256': thumbprint,
        client_id: clientId,
        lastSeenAt,
        count,
      })),
      ...this.#trust(withAnchors),
    };
    const response = await this.#options.connections.request(this.#options.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body.dump();
    const { statusCode } = response;
    if (statusCode < 300) return;
    const message = `the report was answered with status ${statusCode}`;
    if (statusCode === 400 || statusCode === 413) throw new ReportRefused('server_unreachable', message);
    throw new ResourceServerError('server_unreachable', message);
  }

  #trust(withAnchors: boolean): { trust?: object } {
    const instance = this.#instance;
    if (this.#gone) return { trust: { instance, gone: true } };
    return withAnchors && this.#anchors !== undefined ? { trust: { instance, anchors: this.#anchors } } : {};
  }

  #keep(enforced: { position: number; at: number }[], met: ReadonlyMap<string, Met>): void {
    this.#enforced = [...enforced, ...this.#enforced].slice(-maxEnforced);
    for (const [key, older] of met) {
      const newer = this.#met.get(key);
      if (newer !== undefined) newer.count += older.count;
      else if (this.#met.size < maxMet) this.#met.set(key, older);
    }
    this.#schedule(metDelayMs);
  }
}
