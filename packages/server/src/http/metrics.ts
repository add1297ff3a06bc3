import { answer } from './answer.ts';
import type { Handler } from './exchange.ts';
import { durationBucketsSeconds, type RequestCounts } from './request-counts.ts';

/** A number read when it is asked for. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: () => number;
}

/** Counts by labels, read when they are asked for. They only grow while the process runs. */
export interface Counter {
  /** Ends with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly values: () => Iterable<{
    /** One for each name, in their order. */
    readonly labels: readonly string[];
    readonly count: number;
  }>;
}

/**
 * `/metrics` for Prometheus. The metrics library is loaded by the first scrape: a server that nobody scrapes does
 * not carry it.
 */
export function metrics(
  counts: RequestCounts,
  gauges: readonly Gauge[],
  counters: readonly Counter[],
): Handler {
  let registry: Promise<{ contentType: string; metrics(): Promise<string> }> | undefined;
  return async ({ response }) => {
    registry ??= createRegistry(counts, gauges, counters);
    const loaded = await registry;
    const text = await loaded.metrics();
    answer(
      response,
      200,
      { 'Content-Type': loaded.contentType, 'Cache-Control': 'no-store' },
      text + durations(counts),
    );
  };
}

async function createRegistry(counts: RequestCounts, gauges: readonly Gauge[], counters: readonly Counter[]) {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = (await import('prom-client')).default;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: 'mortise_http_requests_total',
    help: 'Requests answered, by listener, route and status (0: the connection ended first)',
    labelNames: ['listener', 'route', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { listener, route, status, count } of counts.values())
        this.inc({ listener, route, status }, count);
    },
  });
  new Gauge({
    name: 'mortise_http_requests_in_progress',
    help: 'Requests being answered',
    registers: [registry],
    collect() {
      this.set(counts.inProgress);
    },
  });
  for (const { name, help, labelNames, values } of counters) {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, count } of values()) this.labels(...labels).inc(count);
      },
    });
  }
  for (const gauge of gauges) {
    new Gauge({
      name: gauge.name,
      help: gauge.help,
      registers: [registry],
      collect() {
        this.set(gauge.value());
      },
    });
  }
  return registry;
}

/** Histograms are written by hand: the counts are kept as plain arrays, which no library type can be filled from. */
function durations(counts: RequestCounts): string {
  const name = 'mortise_http_request_duration_seconds';
  const lines = [
    `# HELP ${name} Time from the request's head to the end of its answer`,
    `# TYPE ${name} histogram`,
  ];
  for (const { listener, route, status, buckets, count, durationSumSeconds } of counts.values()) {
    const labels = `listener="${listener}",route="${route}",status="${status}"`;
    let below = 0;
    for (const [index, bound] of durationBucketsSeconds.entries()) {
      below += buckets[index]!;
      lines.push(`${name}_bucket{${labels},le="${bound}"} ${below}`);
    }
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`);
    lines.push(`${name}_sum{${labels}} ${durationSumSeconds}`, `${name}_count{${labels}} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}
