/**
 * The long run: `node --conditions=mortise-source fuzz/main.ts [--minutes 10] [--target certificate] [--seed 1]`. Guided by coverage; keeps what
 * reached new code in fuzz/corpus, prints one line a target and exits with 1 if anything failed.
 */
import { parseArgs } from 'node:util';
import { addToCorpus, readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
const shareMs = (Number(values.minutes) * 60_000) / Math.max(1, targets.length);
const coverage = new Coverage('/x509/src/');

for (const target of targets) {
  const end = performance.now() + shareMs;
  const report = fuzz({
    target,
    seed: Number(values.seed),
    corpus: readCorpus(target.name),
    goOn: () => performance.now() < end,
    isNew: () => coverage.isNew(),
  });
  addToCorpus(target.name, report.found);
  const { executions, accepted, slowestMs, failures, found } = report;
  process.stdout.write(
    `${JSON.stringify({ target: target.name, seed: values.seed, executions, accepted, slowestMs, found: found.length, coverage: coverage.size, failures: failures.length })}\n`,
  );
  for (const { input, error } of failures) {
    process.stdout.write(
      `${input.toString('base64')}\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
coverage.stop();
