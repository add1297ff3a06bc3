import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedCache } from './bounded-cache.ts';

test('the entry used longest ago goes first, and using it again keeps it', () => {
  const cache = new BoundedCache<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  assert.equal(cache.get('b'), 2);
  assert.equal(cache.get('a'), 1);
  cache.set('c', 3);
  assert.deepEqual(
    [...cache.entries()],
    [
      ['a', 1],
      ['c', 3],
    ],
  );
  cache.delete('c');
  assert.equal(cache.get('c'), undefined);
  cache.clear();
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.size, 0);
});

test('property: it keeps exactly the entries used last, in the order of use', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', undefined);
  const act = fc.tuple(fc.constantFrom('get', 'set', 'delete'), key);
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const cache = new BoundedCache<string | undefined, number>(3);
      let expected: [string | undefined, number][] = [];
      for (const [step, [name, one]] of acts.entries()) {
        const known = expected.find(([other]) => other === one);
        const others = expected.filter(([other]) => other !== one);
        if (name === 'get') {
          assert.equal(cache.get(one), known?.[1]);
          if (known !== undefined) expected = [...others, known];
        } else if (name === 'set') {
          cache.set(one, step + 1);
          expected = [...others, [one, step + 1] as [string | undefined, number]].slice(-3);
        } else {
          cache.delete(one);
          expected = others;
        }
        assert.deepEqual([...cache.entries()], expected);
      }
    }),
  );
});
