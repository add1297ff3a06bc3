import type { Wait } from '../time/wait.ts';

interface Waiting {
  readonly at: number;
  readonly resume: () => void;
}

/** A clock that a test turns, and what waits for it. */
export class ManualTime {
  now: number;
  readonly #waiting = new Set<Waiting>();
  #arrived: (() => void)[] = [];

  constructor(now = Date.now()) {
    this.now = now;
  }

  readonly clock = (): number => this.now;

  readonly wait: Wait = (at, signal) => {
    signal.throwIfAborted();
    if (at <= this.now) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { at, resume: resolve };
    this.#waiting.add(waiting);
    const abort = (): void => {
      this.#waiting.delete(waiting);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    for (const tell of this.#arrived.splice(0)) tell();
    return promise;
  };

  /** When the first of those that wait goes on; waits for one. */
  async next(): Promise<number> {
    while (this.#waiting.size === 0) await new Promise<void>((resolve) => this.#arrived.push(resolve));
    return Math.min(...Array.from(this.#waiting, ({ at }) => at));
  }

  /** Turns the clock, and lets go whose time has come. */
  turn(to: number): void {
    this.now = to;
    for (const waiting of this.#waiting) {
      if (waiting.at > to) continue;
      this.#waiting.delete(waiting);
      waiting.resume();
    }
  }

  /** Turns the clock to when the first of those that wait goes on. */
  async turnToNext(): Promise<number> {
    const at = await this.next();
    this.turn(at);
    return at;
  }

  /** Lets every pause pass at once, until `work` is done. */
  async hurry<Result>(work: Promise<Result>): Promise<Result> {
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    const quiet = settled.catch(() => undefined);
    while (!done) await Promise.race([quiet, this.turnToNext()]);
    return settled;
  }
}
