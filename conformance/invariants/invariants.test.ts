import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docs', 'invariants.md'), 'utf8');
const link = /^- \[(.+)\]\(\.\.\/([^)\s]+\.ts)\)$/;
const numbered = /(['"`])(invariant (\d+): (?:(?!\1).)+)\1/g;

interface Section {
  readonly number: number;
  readonly tests: readonly { readonly title: string; readonly path: string }[];
}

const sections: Section[] = text
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    number: Number(/^\d+/.exec(section)?.[0]),
    tests: section
      .split('\n')
      .filter((line) => line.startsWith('- '))
      .map((line) => {
        const [, title, path] = link.exec(line) ?? assert.fail(`not a test: ${line}`);
        return { title: title!, path: normalize(path!) };
      }),
  }));

/** Whether a file declares a test of that name, as it stands in the source. */
function declares(source: string, title: string): boolean {
  const written = [`'${title.replaceAll("'", "\\'")}'`, `"${title}"`, `\`${title}\``];
  return written.some((name) => new RegExp(`\\b(test|it)\\(\\s*${escaped(name)}`).test(source));
}

const escaped = (name: string): string => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

test('docs/invariants.md has the eleven invariants, in their order', () => {
  assert.deepEqual(
    sections.map(({ number }) => number),
    Array.from({ length: 11 }, (_, index) => index + 1),
  );
});

for (const { number, tests } of sections) {
  describe(`invariant ${number} in docs/invariants.md`, () => {
    test('names tests that exist, once each', () => {
      assert.ok(tests.length > 0);
      assert.equal(new Set(tests.map(({ title, path }) => `${path} ${title}`)).size, tests.length);
      for (const { title, path } of tests) {
        assert.ok(declares(readFileSync(join(root, path), 'utf8'), title), `${path} has no test "${title}"`);
        const claimed = /^invariant (\d+): /.exec(title)?.[1];
        assert.ok(claimed === undefined || Number(claimed) === number, `${title} stands under ${number}`);
      }
    });

    test('names every test that bears its number', () => {
      const named = new Set(tests.map(({ title, path }) => `${path} ${title}`));
      const found = globSync('conformance/invariants/**/*.ts', { cwd: root }).flatMap((path) =>
        [...readFileSync(join(root, path), 'utf8').matchAll(numbered)]
          .filter(([, , , claimed]) => Number(claimed) === number)
          .map(([, , title]) => `${normalize(path)} ${title}`),
      );
      assert.ok(found.length > 0, 'an invariant has a test from outside');
      for (const test of found) assert.ok(named.has(test), `not named: ${test}`);
    });
  });
}
