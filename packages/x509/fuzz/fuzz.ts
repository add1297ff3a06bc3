import { Random } from './random.ts';
import type { Target } from './target.ts';

/** What a run found. `input`: what made the reader fail, with anything else than an X509Error. */
export interface FuzzFailure {
  readonly target: string;
  readonly input: Buffer;
  readonly error: unknown;
}

export interface FuzzReport {
  readonly executions: number;
  /** Inputs that the reader took without complaint. */
  readonly accepted: number;
  /** Slowest single input, in milliseconds of processor time. */
  readonly slowestMs: number;
  readonly failures: readonly FuzzFailure[];
  /** Inputs that reached code which none had reached before; empty without `isNew`. */
  readonly found: readonly Buffer[];
}

export interface FuzzOptions {
  readonly target: Target;
  readonly seed: number;
  /** Inputs to begin with beside the target's seeds. */
  readonly corpus?: readonly Buffer[];
  /** Asked before every input. */
  readonly goOn: (executions: number) => boolean;
  /** Whether the last input reached new code: it joins the corpus. */
  readonly isNew?: () => boolean;
}

const MAX_FAILURES = 10;

/** Feeds mutated inputs to one reader. Half of them are mutations of mutations. */
export function fuzz({ target, seed, corpus = [], goOn, isNew }: FuzzOptions): FuzzReport {
  const random = new Random(seed);
  const pool = [...target.seeds, ...corpus];
  const failures: FuzzFailure[] = [];
  const found: Buffer[] = [];
  let executions = 0;
  let accepted = 0;
  let slowestMs = 0;
  for (const input of pool) execute(input);
  while (goOn(executions) && failures.length < MAX_FAILURES) {
    let input = target.mutate(random.pick(pool), random.pick(pool), random);
    if (random.below(2) === 0) input = target.mutate(input, random.pick(pool), random);
    execute(input);
    if (isNew?.() === true) {
      pool.push(input);
      found.push(input);
    }
  }
  return { executions, accepted, slowestMs, failures, found };

  function execute(input: Buffer): void {
    executions++;
    const before = process.cpuUsage();
    try {
      target.run(input);
      accepted++;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'X509Error'))
        failures.push({ target: target.name, input, error });
    }
    const { user, system } = process.cpuUsage(before);
    slowestMs = Math.max(slowestMs, (user + system) / 1000);
  }
}
