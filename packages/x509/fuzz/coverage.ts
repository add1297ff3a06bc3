import { Session } from 'node:inspector';

/** Block coverage of this package's sources through V8's inspector. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();
  readonly #part: string;

  /** Counts only scripts whose URL has `part` in it. */
  constructor(part: string) {
    this.#part = part;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  /** Whether anything was run since the last call that had never been run before. */
  isNew(): boolean {
    let fresh = false;
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      for (const script of coverage.result) {
        if (!script.url.includes(this.#part)) continue;
        for (const { ranges } of script.functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            const key = `${script.url} ${startOffset} ${endOffset}`;
            if (count === 0 || this.#seen.has(key)) continue;
            this.#seen.add(key);
            fresh = true;
          }
        }
      }
    });
    return fresh;
  }

  /** Ranges reached so far. */
  get size(): number {
    return this.#seen.size;
  }

  stop(): void {
    this.#session.disconnect();
  }
}
