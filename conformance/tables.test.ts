import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const folder = import.meta.dirname;
const link = /\[((?:\\.|[^\]\\])+)\]\(([^)\s]+\.test\.ts)\)/g;

/** Whether a file declares a test of that name: as it stands in the source, so that `${…}` is part of it. */
function declares(source: string, name: string): boolean {
  const written = [`'${name.replaceAll("'", "\\'")}'`, `"${name}"`, `\`${name}\``];
  return written.some((text) => source.includes(text));
}

for (const specification of readdirSync(folder, { withFileTypes: true })) {
  if (!specification.isDirectory() || !specification.name.startsWith('rfc')) continue;
  describe(`conformance/${specification.name}`, () => {
    const place = join(folder, specification.name);
    const table = readFileSync(join(place, 'README.md'), 'utf8');

    test('names tests that exist', () => {
      const links = [...table.matchAll(link)];
      assert.ok(links.length > 0, 'a table names tests');
      for (const [, name, path] of links) {
        const file = join(place, path!);
        assert.ok(existsSync(file), `there is no ${path}`);
        const unescaped = name!.replaceAll(/\\(.)/g, '$1');
        assert.ok(declares(readFileSync(file, 'utf8'), unescaped), `${path} has no test "${unescaped}"`);
      }
    });

    test('names a test for each requirement, and states its divergences', () => {
      assert.match(table, /^\| § +\| Requirement +\| Test +\|$/m);
      const rows = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (§|-+) /.test(line));
      assert.ok(rows.length > 0, 'a table has rows');
      for (const row of rows) assert.match(row, /\]\([^)\s]+\.test\.ts\)/, row);
      assert.match(table, /^## Divergences\n\n- /m);
    });
  });
}
