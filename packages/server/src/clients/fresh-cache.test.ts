import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FreshCache } from './fresh-cache.ts';

interface Value {
  readonly key: string;
  readonly version: number;
}

/** A cache over a map, with the reads counted and, on request, held back. */
function cacheOver(rows: Map<string, number>, bounds = { capacity: 100, absentCapacity: 10 }) {
  const reads: string[] = [];
  const held: (() => void)[] = [];
  let holding = false;
  const cache = new FreshCache<Value>({
    ...bounds,
    load: async (key) => {
      reads.push(key);
      const version = rows.get(key);
      if (holding) await new Promise<void>((resolve) => held.push(resolve));
      return version === undefined ? undefined : { key, version };
    },
  });
  return {
    cache,
    reads,
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
      for (const resolve of held.splice(0)) resolve();
    },
  };
}

test('a value is read once, also for many who ask at once', async () => {
  const { cache, reads } = cacheOver(new Map([['a', 1]]));
  const found = await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')]);
  assert.equal(found[0]?.version, 1);
  assert.equal(found[0], found[2]);
  assert.equal(await cache.get('a'), found[0]);
  assert.equal(cache.peek('a'), found[0]);
  assert.deepEqual(reads, ['a']);
});

test('a dropped value is read again', async () => {
  const rows = new Map([['a', 1]]);
  const { cache } = cacheOver(rows);
  await cache.get('a');
  rows.set('a', 2);
  cache.drop('a');
  assert.equal(cache.peek('a'), undefined);
  assert.equal((await cache.get('a'))?.version, 2);
  rows.set('a', 3);
  cache.clear();
  assert.equal((await cache.get('a'))?.version, 3);
});

test('a read that raced a change is answered but not kept, and who asks after the change gets the new value', async () => {
  for (const forget of ['drop', 'clear'] as const) {
    const rows = new Map([['a', 1]]);
    const { cache, hold, release } = cacheOver(rows);
    hold();
    const before = cache.get('a');
    rows.set('a', 2);
    if (forget === 'drop') cache.drop('a');
    else cache.clear();
    const after = cache.get('a');
    release();
    assert.equal((await before)?.version, 1);
    assert.equal((await after)?.version, 2);
    assert.equal(cache.peek('a')?.version, 2);
  }
});

test('an absence is remembered until the key is dropped', async () => {
  const rows = new Map<string, number>();
  const { cache, reads } = cacheOver(rows);
  assert.equal(await cache.get('a'), undefined);
  assert.equal(await cache.get('a'), undefined);
  assert.deepEqual(reads, ['a']);
  rows.set('a', 1);
  cache.drop('a');
  assert.equal((await cache.get('a'))?.version, 1);
});

test('an absence that raced a creation is not remembered', async () => {
  const rows = new Map<string, number>();
  const { cache, hold, release } = cacheOver(rows);
  hold();
  const before = cache.get('a');
  rows.set('a', 1);
  cache.drop('a');
  release();
  assert.equal(await before, undefined);
  assert.equal((await cache.get('a'))?.version, 1);
});

test('values and absences stay within their bounds, and what is in use stays longest', async () => {
  const rows = new Map(Array.from({ length: 50 }, (_, i) => [`k${i}`, i]));
  const { cache, reads } = cacheOver(rows, { capacity: 10, absentCapacity: 3 });
  for (const key of rows.keys()) {
    await cache.get(key);
    await cache.get('k0');
    assert.ok(cache.size <= 10);
  }
  assert.equal(reads.filter((key) => key === 'k0').length, 1);
  for (const key of ['x1', 'x2', 'x3', 'x4', 'x4', 'x3', 'x1']) await cache.get(key);
  assert.deepEqual(
    reads.filter((key) => key.startsWith('x')),
    ['x1', 'x2', 'x3', 'x4', 'x1'],
  );
});

test('a failed read is told to those who waited, and tried again for the next', async () => {
  let failing = true;
  const cache = new FreshCache<Value>({
    capacity: 4,
    absentCapacity: 4,
    load: async (key) => {
      if (failing) throw new Error('away');
      return { key, version: 1 };
    },
  });
  await assert.rejects(Promise.all([cache.get('a'), cache.get('a')]), /away/);
  failing = false;
  assert.equal((await cache.get('a'))?.version, 1);
});
