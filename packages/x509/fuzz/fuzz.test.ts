import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCorpus } from './corpus.ts';
import { fuzz } from './fuzz.ts';
import { Random } from './random.ts';
import { TARGETS } from './targets.ts';

/** Inputs for each reader in the short run; the long one is `fuzz/main.ts`. */
const EXECUTIONS = 1500;

describe('no reader fails with anything but an X509Error', () => {
  for (const target of TARGETS) {
    it(target.name, () => {
      const { failures, executions, accepted } = fuzz({
        target,
        seed: 20_261_122,
        corpus: readCorpus(target.name),
        goOn: (done) => done < EXECUTIONS,
      });
      const [failure] = failures;
      assert.equal(
        failure,
        undefined,
        `${failure?.input.toString('base64')}\n${String((failure?.error as Error | undefined)?.stack)}`,
      );
      assert.ok(executions >= EXECUTIONS);
      assert.ok(accepted > 0, 'the seeds are read');
    });
  }

  it('is told of a reader that fails otherwise', () => {
    const target = { ...TARGETS[0]!, run: () => assert.fail('not a typed error') };
    assert.ok(fuzz({ target, seed: 1, goOn: () => true }).failures.length > 0);
  });

  it('does the same for the same seed', () => {
    const draw = (): number[] => {
      const random = new Random(7);
      return Array.from({ length: 20 }, () => random.below(1000));
    };
    assert.deepEqual(draw(), draw());
    assert.ok(new Set(draw()).size > 10);
  });
});
