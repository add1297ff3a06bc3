import type { ServerResponse } from 'node:http';

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
  readonly #routes: RouteCounts[] = [];
  #inProgress = 0;

  get inProgress(): number {
    return this.#inProgress;
  }

  /** The counts of one route of one listener; to be asked for once, before there are requests. */
  ofRoute(listener: string, route: string): RouteCounts {
    const counts = new RouteCounts(listener, route, (change) => {
      this.#inProgress += change;
    });
    this.#routes.push(counts);
    return counts;
  }

  values(): RequestCount[] {
    return this.#routes.flatMap((route) => route.values());
  }
}

export class RouteCounts {
  readonly #listener: string;
  readonly #route: string;
  readonly #inProgress: (change: 1 | -1) => void;
  readonly #byStatus = new Map<number, RequestCount>();

  constructor(listener: string, route: string, inProgress: (change: 1 | -1) => void) {
    this.#listener = listener;
    this.#route = route;
    this.#inProgress = inProgress;
  }

  begin(response: ServerResponse): void {
    const startedMs = performance.now();
    this.#inProgress(1);
    // An answer closes once; `once` would cost a wrapper more for each.
    response.on('close', () => {
      this.#inProgress(-1);
      this.#add(response.headersSent ? response.statusCode : 0, (performance.now() - startedMs) / 1000);
    });
  }

  values(): RequestCount[] {
    return [...this.#byStatus.values()];
  }

  #add(status: number, seconds: number): void {
    let count = this.#byStatus.get(status);
    if (count === undefined) {
      const buckets = new Uint32Array(durationBucketsSeconds.length + 1);
      const [listener, route] = [this.#listener, this.#route];
      count = { listener, route, status, count: 0, durationSumSeconds: 0, buckets };
      this.#byStatus.set(status, count);
    }
    count.count += 1;
    count.durationSumSeconds += seconds;
    let bucket = 0;
    while (bucket < durationBucketsSeconds.length && seconds > durationBucketsSeconds[bucket]!) bucket += 1;
    count.buckets[bucket]! += 1;
  }
}
