import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backOffMs } from './back-off.ts';
import { lifeOf, lifeStage, renewalTime } from './renewal-time.ts';

const validity = { notBefore: 0, notAfter: 1200 };

test('the moment lies in the window, by the share that was drawn', () => {
  const window = { start: 100, end: 300 };
  assert.deepEqual(
    [0, 0.25, 0.5].map((random) => renewalTime(validity, window, random)),
    [100, 150, 200],
  );
});

test('without a window it lies between two thirds and three quarters of its life', () => {
  assert.deepEqual(
    [0, 0.5, 1].map((random) => renewalTime(validity, undefined, random)),
    [800, 850, 900],
  );
});

const minuteMs = 60_000;

test('a backdated certificate lives from when it was obtained, so that a brief one is not due at once', () => {
  const quarter = { notBefore: 0, notAfter: 75 * minuteMs };
  const obtainedAt = 60 * minuteMs;
  const life = lifeOf(quarter, obtainedAt);
  assert.deepEqual(life, { notBefore: obtainedAt, notAfter: quarter.notAfter });
  assert.equal(renewalTime(life, undefined, 0), 70 * minuteMs);
  assert.equal(lifeStage(life, 73 * minuteMs), 'valid');
  assert.equal(lifeStage(life, 74 * minuteMs), 'ending');
});

test('when it was obtained says nothing before its start, after its end, or more than an hour after its start', () => {
  const day = { notBefore: 100 * minuteMs, notAfter: 1540 * minuteMs };
  const brief = { notBefore: 100 * minuteMs, notAfter: 110 * minuteMs };
  for (const [validity, obtainedAt, begins] of [
    [day, undefined, 100],
    [day, 0, 100],
    [day, 130 * minuteMs, 130],
    [day, 900 * minuteMs, 160],
    [brief, 130 * minuteMs, 100],
  ] as const) {
    assert.deepEqual(lifeOf(validity, obtainedAt), { ...validity, notBefore: begins * minuteMs });
  }
});

test('a window after the end, or just before, leaves a twelfth of its life for failures', () => {
  assert.equal(renewalTime(validity, { start: 1190, end: 1300 }, 0.5), 1100);
  assert.equal(renewalTime(validity, { start: 5000, end: 6000 }, 0), 1100);
});

test('a certificate is ending in the last tenth of its life', () => {
  assert.deepEqual(
    [1079, 1080, 1199, 1200].map((now) => lifeStage(validity, now)),
    ['valid', 'ending', 'ending', 'ended'],
  );
});

test('pauses double up to a bound, are jittered, and no shorter than the server said', () => {
  const pause = (count: number, random = 1) => backOffMs({ count, random });
  assert.deepEqual(
    [1, 2, 3, 20].map((count) => pause(count)),
    [30_000, 60_000, 120_000, 3_600_000],
  );
  assert.equal(pause(1, 0), 15_000);
  assert.equal(backOffMs({ count: 1, random: 1, retryAfterSeconds: 600 }), 600_000);
  assert.equal(backOffMs({ count: 1, random: 1, retryAfterSeconds: 10_000_000 }), 86_400_000);
});

test('a pause never waits a working certificate away', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.integer({ min: 3_600_000, max: 7_776_000_000 }),
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      (count, random, retryAfterSeconds, lifeMs, left) => {
        const pauseMs = backOffMs({ count, random, retryAfterSeconds, lifeMs, leftMs: lifeMs * left });
        assert.ok(pauseMs > 0 && pauseMs < lifeMs * left);
      },
    ),
  );
});
