import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Most inputs that are kept for a target, and the largest of them in octets. */
const MAX_INPUTS = 100;
const MAX_OCTETS = 4096;

function fileOf(target: string): URL {
  return new URL(`./corpus/${target}.txt`, import.meta.url);
}

/** Inputs kept for a target, one line of base64 each: they once reached code in a way that none before them had. */
export function readCorpus(target: string): Buffer[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line, 'base64'));
}

/** Keeps inputs, the smallest first. */
export function addToCorpus(target: string, inputs: readonly Buffer[]): void {
  const small = [...readCorpus(target), ...inputs].filter(({ length }) => length <= MAX_OCTETS);
  const lines = new Set(small.map((input) => input.toString('base64')));
  const kept = [...lines].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  // Evenly from all sizes, so that large inputs are not crowded out.
  const step = Math.max(1, kept.length / MAX_INPUTS);
  const chosen = Array.from(
    { length: Math.min(kept.length, MAX_INPUTS) },
    (_, i) => kept[Math.floor(i * step)]!,
  );
  mkdirSync(new URL('.', fileOf(target)), { recursive: true });
  writeFileSync(fileOf(target), `${chosen.join('\n')}\n`);
}
