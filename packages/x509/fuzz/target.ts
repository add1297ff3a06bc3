import type { Random } from './random.ts';

/** One reader under attack. `run` may throw X509Error and nothing else. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  mutate(input: Buffer, donor: Buffer, random: Random): Buffer;
  run(input: Buffer): void;
}

/** Reads fields one by one; a malformed one is refused without hiding the rest. */
export function readAll(getters: readonly (() => unknown)[]): void {
  for (const get of getters) {
    try {
      get();
    } catch (error) {
      if (!(error instanceof Error && error.name === 'X509Error')) throw error;
    }
  }
}
