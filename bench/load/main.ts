/**
 * The load: prepared bytes over raw TLS sockets, so that it costs less than what it measures. Reads one JSON `LoadOrder` from
 * stdin, prints one JSON `LoadResult` on stdout.
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { cpuMicroseconds } from './cpu-time.ts';
import { openLanes, type Take } from './lanes.ts';
import type { LoadOrder, LoadResult, LoadTarget, Slice, TargetResult } from './order.ts';

class Target {
  readonly result: TargetResult = {
    slices: [],
    loadCpuMicroseconds: null,
    statuses: {},
    firstBody: '',
    failures: 0,
    resumed: 0,
  };
  readonly #order: LoadTarget;
  readonly #requests: Buffer[];
  readonly #lanes;
  #next = 0;

  constructor(order: LoadTarget) {
    this.#order = order;
    this.#requests = readFileSync(order.requestsFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => Buffer.from(line, 'base64'));
    this.#lanes = openLanes(order, this.result);
  }

  /** A slice in which the load sleeps when it has nothing to do, so that its CPU time is what its work costs. Counted for that alone. */
  async warmUp(durationMs: number, most: number | undefined): Promise<void> {
    const cpuBefore = process.cpuUsage();
    const { answers } = await this.#slice(durationMs, most);
    const { user, system } = process.cpuUsage(cpuBefore);
    this.result.loadCpuMicroseconds = (user + system) / answers;
  }

  /** A slice in which the load stays awake: else each answer's write would wake it, at the cost of the server's CPU time. */
  async measure(durationMs: number, most: number | undefined): Promise<void> {
    let over = false;
    const stayAwake = (): void => {
      if (!over) setImmediate(stayAwake);
    };
    stayAwake();
    this.result.slices.push(await this.#slice(durationMs, most));
    over = true;
  }

  async #slice(durationMs: number, most = Number.POSITIVE_INFINITY): Promise<Slice> {
    const { pid, once } = this.#order;
    const serverCpu = (): number => (pid === undefined ? Number.NaN : cpuMicroseconds(pid));
    const last = this.#next + most;
    const before = this.#answers();
    const cpuBefore = serverCpu();
    const started = performance.now();
    const take: Take = () => {
      if (performance.now() - started >= durationMs || this.#next >= last) return undefined;
      if (once && this.#next >= this.#requests.length) return undefined;
      return this.#requests[this.#next++ % this.#requests.length];
    };
    await Promise.all(this.#lanes.map((lane) => lane.run(take)));
    const seconds = (performance.now() - started) / 1000;
    const cpu = serverCpu() - cpuBefore;
    return {
      answers: this.#answers() - before,
      seconds,
      serverCpuMicroseconds: cpu,
    };
  }

  close(): void {
    for (const lane of this.#lanes) lane.close();
  }

  #answers(): number {
    return Object.values(this.result.statuses).reduce((sum, count) => sum + count, 0);
  }
}

async function load({ targets: orders, warmUpMs, sliceMs, rounds, most }: LoadOrder): Promise<LoadResult> {
  const targets = orders.map((order) => new Target(order));
  if (warmUpMs > 0) for (const target of targets) await target.warmUp(warmUpMs, most);
  for (let round = 0; round < rounds; round += 1) {
    // Nobody always follows the same one.
    const turn = [...targets.slice(round % targets.length), ...targets.slice(0, round % targets.length)];
    for (const target of turn) await target.measure(sliceMs, most);
  }
  for (const target of targets) target.close();
  return { targets: targets.map(({ result }) => result) };
}

const order = JSON.parse(await text(process.stdin)) as LoadOrder;
process.stdout.write(JSON.stringify(await load(order)));
