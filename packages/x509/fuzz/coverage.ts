import { Session } from 'node:inspector';

/**
 * Block coverage of this package's sources through V8's inspector. What counts as new is a function that was gone through in a way not
 * seen before: with another set of its blocks reached and not reached.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();
  readonly #part: string;

  /** Counts only scripts whose URL has `part` in it. */
  constructor(part: string) {
    this.#part = part;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    // With counts, each report covers only what ran since the last one.
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Whether anything was run since the last call in a way that is new. */
  isNew(): boolean {
    let fresh = false;
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      for (const script of coverage.result) {
        if (!script.url.includes(this.#part)) continue;
        for (const { ranges } of script.functions) {
          if (ranges[0]!.count === 0) continue;
          let key = `${script.scriptId}`;
          for (const { startOffset, endOffset, count } of ranges) {
            key += ` ${startOffset}-${endOffset}${count === 0 ? '' : '+'}`;
          }
          if (this.#seen.has(key)) continue;
          this.#seen.add(key);
          fresh = true;
        }
      }
    });
    return fresh;
  }

  /** Ways seen so far. */
  get size(): number {
    return this.#seen.size;
  }

  stop(): void {
    this.#session.disconnect();
  }
}
