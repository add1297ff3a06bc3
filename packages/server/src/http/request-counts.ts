import type { IncomingMessage, ServerResponse } from 'node:http';

/** Upper bounds of the duration buckets, in seconds. */
export const durationBucketsSeconds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
] as const;

/** Counts of one (listener, route, status): plain numbers, because this is on the token path. */
export interface RequestCount {
  readonly listener: string;
  readonly route: string;
  readonly status: number;
  count: number;
  durationSumSeconds: number;
  /** Requests by duration, one more than there are bounds: the last holds the slower ones. */
  readonly buckets: Uint32Array;
}

/** What was answered, how often and how fast; the metrics listener reads it. */
export class RequestCounts {
  readonly #counts = new Map<string, RequestCount>();
  inProgress = 0;

  begin(_request: IncomingMessage, response: ServerResponse, listener: string, route: string): void {
    const startedMs = performance.now();
    this.inProgress += 1;
    response.once('close', () => {
      this.inProgress -= 1;
      this.#add(
        listener,
        route,
        response.headersSent ? response.statusCode : 0,
        (performance.now() - startedMs) / 1000,
      );
    });
  }

  #add(listener: string, route: string, status: number, seconds: number): void {
    const key = `${listener} ${status} ${route}`;
    let count = this.#counts.get(key);
    if (count === undefined) {
      const buckets = new Uint32Array(durationBucketsSeconds.length + 1);
      count = { listener, route, status, count: 0, durationSumSeconds: 0, buckets };
      this.#counts.set(key, count);
    }
    count.count += 1;
    count.durationSumSeconds += seconds;
    let bucket = 0;
    while (bucket < durationBucketsSeconds.length && seconds > durationBucketsSeconds[bucket]!) bucket += 1;
    count.buckets[bucket]! += 1;
  }

  values(): IterableIterator<RequestCount> {
    return this.#counts.values();
  }
}
