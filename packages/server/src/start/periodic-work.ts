/** Work done again and again while the server runs. A run that fails is logged and tried at the next turn; runs never overlap. */
export class PeriodicWork {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();
  readonly #log: { error(fields: object, message: string): void };

  constructor(log: { error(fields: object, message: string): void }) {
    this.#log = log;
  }

  /** The timer keeps no process alive. `first`: whether it is also done at once. */
  every(
    seconds: number,
    name: string,
    work: () => Promise<unknown>,
    first: 'later' | 'at once' = 'later',
  ): void {
    let busy = false;
    const turn = (): void => {
      if (busy) return;
      busy = true;
      const run = work()
        .then(
          () => undefined,
          (error: unknown) => this.#log.error({ err: error }, `${name} failed`),
        )
        .finally(() => {
          busy = false;
          this.#running.delete(run);
        });
      this.#running.add(run);
    };
    this.#timers.push(setInterval(turn, seconds * 1000).unref());
    if (first === 'at once') turn();
  }

  /** Does work once, after what was given before. */
  once(name: string, work: () => Promise<unknown>): void {
    const run = this.#last
      .then(work)
      .then(
        () => undefined,
        (error: unknown) => this.#log.error({ err: error }, `${name} failed`),
      )
      .finally(() => this.#running.delete(run));
    this.#last = run;
    this.#running.add(run);
  }

  /** Stops, and waits for what runs. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
  }
}
