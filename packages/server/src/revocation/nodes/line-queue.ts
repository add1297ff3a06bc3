/**
 * Gives a line to the reader. `true`: taken. A promise: taken, and there is room for more when it resolves.
 * `false` or a rejection: the reader is gone.
 */
export type WriteLine = (line: string) => boolean | Promise<unknown>;

export interface LineQueueLimits {
  /** How many lines may wait behind the one being written. */
  readonly lines: number;
  /** How many UTF-16 code units they may have together. */
  readonly characters: number;
}

/**
 * The lines on their way to one reader, in order. While the reader takes them, nothing is kept; a reader that falls
 * behind by more than the limits has lost, because memory for it would have no end.
 */
export class LineQueue {
  readonly #write: WriteLine;
  readonly #limits: LineQueueLimits;
  readonly #ended: (reason: 'too_slow' | 'reader_gone') => void;
  /** The snapshot's lines are made one by one as the reader takes them, and do not count as waiting. */
  readonly #first: Iterator<string>;
  #firstDone = false;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #running = false;
  #stopped = false;
  #finish: (() => void) | undefined;
  #blockedSince: number | undefined;
  readonly #clock: () => number;

  constructor(options: {
    readonly write: WriteLine;
    readonly first: Iterable<string>;
    readonly limits: LineQueueLimits;
    readonly clock: () => number;
    /** Called once, when the queue gives up. */
    readonly ended: (reason: 'too_slow' | 'reader_gone') => void;
  }) {
    this.#write = options.write;
    this.#first = options.first[Symbol.iterator]();
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#ended = options.ended;
  }

  /** Nothing waits, and the reader has taken everything. */
  get idle(): boolean {
    return !this.#running && this.#firstDone && this.#waiting.length === 0;
  }

  /** For how long the reader has not taken the line that it was last given; 0 if it has. Milliseconds. */
  blockedMs(): number {
    return this.#blockedSince === undefined ? 0 : Math.max(0, this.#clock() - this.#blockedSince);
  }

  push(line: string): void {
    if (this.#stopped || this.#finish !== undefined) return;
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    this.run();
    if (this.#waiting.length > this.#limits.lines || this.#waitingCharacters > this.#limits.characters) {
      this.#giveUp('too_slow');
    }
  }

  /** Writes until the reader has no room. */
  run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      let taken: boolean | Promise<unknown>;
      try {
        taken = this.#write(next);
      } catch {
        taken = false;
      }
      if (taken === false) {
        this.#giveUp('reader_gone');
        return;
      }
      if (taken === true) continue;
      this.#blockedSince = this.#clock();
      taken.then(
        () => {
          this.#blockedSince = undefined;
          this.#running = false;
          this.run();
        },
        () => this.#giveUp('reader_gone'),
      );
      return;
    }
    this.#running = false;
    if (this.idle) this.#finish?.();
  }

  /** Takes no more lines, and calls `finished` once the reader has taken those that wait. */
  finish(finished: () => void): void {
    if (this.#stopped) return;
    this.#finish = finished;
    if (this.idle) finished();
  }

  /** Drops what waits; nothing more is written. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#waitingCharacters = 0;
    this.#blockedSince = undefined;
  }

  #next(): string | undefined {
    if (this.#stopped) return undefined;
    if (!this.#firstDone) {
      const first = this.#first.next();
      if (first.done !== true) return first.value;
      this.#firstDone = true;
    }
    const line = this.#waiting.shift();
    this.#waitingCharacters -= line?.length ?? 0;
    return line;
  }

  #giveUp(reason: 'too_slow' | 'reader_gone'): void {
    if (this.#stopped) return;
    this.stop();
    this.#ended(reason);
  }
}
