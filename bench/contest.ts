/** Runs the same load against several servers, which take turns in short slices, and compares them round by round. */
import type { LoadOrder, LoadResult, LoadTarget, TargetResult } from './load/order.ts';
import { runLoad, type ServerProcess } from './process.ts';
import { median, round } from './table.ts';

export interface Contestant {
  name: string;
  server: ServerProcess;
  target: Omit<LoadTarget, 'pid'>;
}

export interface Turns {
  warmUpMs: number;
  sliceMs: number;
  rounds: number;
}

interface Measured {
  /** Answers a second, slice by slice. */
  rates: number[];
  /** CPU time of the server for an answer, slice by slice. */
  cpuMicroseconds: number[];
  loadCpuMicroseconds: number;
}

export class Standings {
  readonly #measured: Map<string, Measured>;

  constructor(measured: Map<string, Measured>) {
    this.#measured = measured;
  }

  /**
   * How many answers `name` gives for one of `other` per second of the server's CPU time: what a core that does nothing else
   * gives. Without /proc, per second. The median of the rounds.
   */
  ratio(name: string, other: string): number {
    const perCore = this.#compare(name, other, ({ cpuMicroseconds }) =>
      cpuMicroseconds.map((cpu) => 1 / cpu),
    );
    return Number.isNaN(perCore) ? this.rateRatio(name, other) : perCore;
  }

  /** The same in answers per second, which a busy machine makes unsteady. */
  rateRatio(name: string, other: string): number {
    return this.#compare(name, other, ({ rates }) => rates);
  }

  describe(): string {
    const parts = [...this.#measured].map(
      ([name, { rates, cpuMicroseconds }]) =>
        `${name} ${round(median(cpuMicroseconds))} µs (${round(median(rates))}/s)`,
    );
    const load = Math.max(...[...this.#measured.values()].map((one) => one.loadCpuMicroseconds));
    return `${parts.join(', ')}; load ${round(load)} µs`;
  }

  #compare(name: string, other: string, values: (measured: Measured) => number[]): number {
    const divisors = values(this.#measured.get(other)!);
    return median(values(this.#measured.get(name)!).map((value, index) => value / divisors[index]!));
  }
}

export async function contest(contestants: readonly Contestant[], turns: Turns): Promise<Standings> {
  const order: LoadOrder = {
    ...turns,
    targets: contestants.map(({ server, target }) => ({ ...target, pid: server.pid })),
  };
  const { targets } = await runLoad<LoadResult>('bench/load/main.ts', order);
  return new Standings(
    new Map(
      contestants.map(({ name }, index) => {
        const result = targets[index]!;
        expectAnswers(name, result);
        return [name, measuredOf(result)];
      }),
    ),
  );
}

function measuredOf({ slices, loadCpuMicroseconds }: TargetResult): Measured {
  return {
    rates: slices.map(({ answers, seconds }) => answers / seconds),
    cpuMicroseconds: slices.map(({ answers, serverCpuMicroseconds }) =>
      serverCpuMicroseconds === null ? Number.NaN : serverCpuMicroseconds / answers,
    ),
    loadCpuMicroseconds: loadCpuMicroseconds ?? Number.NaN,
  };
}

/** A figure of refusals would be a fast one. */
export function expectAnswers(name: string, result: TargetResult): void {
  const wrong = Object.keys(result.statuses).filter((status) => status !== '200' && status !== '201');
  const empty = result.slices.some(({ answers }) => answers === 0);
  if (empty || wrong.length > 0 || result.failures > 0) {
    throw new Error(
      `${name}: ${result.failures} failures, statuses ${JSON.stringify(result.statuses)}, first: ${result.firstBody.slice(0, 300)}`,
    );
  }
}
