/** Does `work` every `intervalMs` and when asked, one at a time. */
export class Schedule {
  readonly #work: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #last: Promise<void> = Promise.resolve();
  #running = false;

  /** What `work` throws when nobody asked goes to `onError`. */
  constructor(intervalMs: number, work: () => Promise<void>, onError: (error: unknown) => void) {
    this.#work = work;
    this.#timer = setInterval(() => {
      if (!this.#running) this.now().catch(onError);
    }, intervalMs);
    this.#timer.unref();
  }

  /** Does it once more, after what is under way. */
  now(): Promise<void> {
    const next = this.#last
      .catch(() => {})
      .then(async () => {
        this.#running = true;
        try {
          await this.#work();
        } finally {
          this.#running = false;
        }
      });
    this.#last = next;
    return next;
  }

  /** Resolves when it is not at it any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last.catch(() => {});
  }
}
