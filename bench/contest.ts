/** Runs the same load against several servers in turn, several rounds, and takes medians. */
import type { LoadOrder, LoadResult } from './load/main.ts';
import { runLoad, type ServerProcess } from './process.ts';
import { median } from './table.ts';

export interface Contestant {
  name: string;
  server: ServerProcess;
  order: () => LoadOrder;
}

export interface Standing {
  /** Answers a second. */
  rate: number;
  /** CPU time of the server for an answer. */
  cpuMicroseconds: number;
}

const loadScript = 'bench/load/main.ts';

export async function contest(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Map<string, Standing>> {
  const runs = new Map<string, Standing[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, server, order } of contestants) {
      const cpuBefore = server.cpuMicroseconds();
      const result = await runLoad<LoadResult>(loadScript, order());
      expectAnswers(name, result);
      const cpu = (server.cpuMicroseconds() - cpuBefore) / result.answers;
      // Round 0 warms up.
      if (round > 0) runs.get(name)!.push({ rate: result.answers / result.seconds, cpuMicroseconds: cpu });
    }
  }
  return new Map(
    [...runs].map(([name, standings]) => [
      name,
      {
        rate: median(standings.map(({ rate }) => rate)),
        cpuMicroseconds: median(standings.map(({ cpuMicroseconds }) => cpuMicroseconds)),
      },
    ]),
  );
}

/** A figure of refusals would be a fast one. */
export function expectAnswers(name: string, result: LoadResult): void {
  const wrong = Object.keys(result.statuses).filter((status) => status !== '200' && status !== '201');
  if (result.answers === 0 || wrong.length > 0 || result.failures > 0) {
    throw new Error(
      `${name}: ${result.answers} answers, ${result.failures} failures, statuses ${JSON.stringify(result.statuses)}, first: ${result.firstBody.slice(0, 300)}`,
    );
  }
}
