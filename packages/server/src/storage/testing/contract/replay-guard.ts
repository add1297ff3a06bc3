import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const minuteMs = 60_000;
const use = (clientId: string, jti: string, expiresAt = now + 1) => ({ clientId, jti, expiresAt });

export function replayGuardContract(kind: DatabaseKind): void {
  test(`${kind.name}: an assertion is used once, whatever its jti holds, and no client uses up another's`, () =>
    withNewStorage(kind, async ({ replayGuard }) => {
      for (const jti of ['j', '', '\0', 'j\0', '\ud800', 'x'.repeat(255), 'é']) {
        assert.equal(await replayGuard.consume(use('a', jti)), true);
        assert.equal(await replayGuard.consume(use('a', jti)), false);
        assert.equal(await replayGuard.consume(use('b', jti)), true);
      }
      assert.equal(await replayGuard.consume(use('ab', 'c')), true);
      assert.equal(await replayGuard.consume(use('a', 'bc')), true);
    }));

  test(`${kind.name}: of many uses of one assertion at once, on two nodes, one is the first`, () =>
    withTwoNodes(kind, async (one, other) => {
      const firsts = new Map<string, number>();
      await Promise.all(
        Array.from({ length: 3_000 }, async (_, index) => {
          const jti = `j${index % 300}`;
          const node = index % 7 < 4 ? one : other;
          if (await node.replayGuard.consume(use('a', jti))) firsts.set(jti, (firsts.get(jti) ?? 0) + 1);
        }),
      );
      assert.equal(firsts.size, 300);
      assert.deepEqual(new Set(firsts.values()), new Set([1]));
    }));

  test(`${kind.name}: expired uses go, and only those`, () =>
    withNewStorage(kind, async ({ replayGuard }) => {
      await Promise.all(
        Array.from({ length: 2_500 }, (_, index) => replayGuard.consume(use('a', `${index}`, now - 1))),
      );
      await replayGuard.consume(use('a', 'kept', now));
      await replayGuard.consume(use('a', 'later', now - 1));
      assert.equal(await replayGuard.deleteExpired(now + minuteMs), 2_501);
      assert.equal(await replayGuard.consume(use('a', 'kept')), false);
      assert.equal(await replayGuard.consume(use('a', '1')), true);
    }));

  test(`${kind.name}: what a node whose clock is a minute behind still takes for fresh is not forgotten`, () =>
    withNewStorage(kind, async ({ replayGuard }) => {
      await replayGuard.consume(use('a', 'j', now));
      assert.equal(await replayGuard.deleteExpired(now + minuteMs), 0);
      assert.equal(await replayGuard.consume(use('a', 'j', now)), false);
      assert.equal(await replayGuard.deleteExpired(now + minuteMs + 1), 1);
    }));
}
