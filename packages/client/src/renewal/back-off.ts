const firstMs = 30_000;
const longestMs = 3_600_000;
const shortestCapMs = 60_000;
const dayMs = 86_400_000;

/**
 * How long to pause after a failure: twice as long after each, up to an hour, or a 24th of the certificate's life where that is
 * less; between half of it and all, by `random`. What the server said with `Retry-After` is the least, but of a certificate's
 * remaining life at most half is waited away.
 */
export function backOffMs(failure: {
  /** 1 after the first failure. */
  readonly count: number;
  /** From 0 up to 1. */
  readonly random: number;
  readonly retryAfterSeconds?: number | undefined;
  /** Of the certificate in use, where there is one. */
  readonly lifeMs?: number | undefined;
  /** Until it ends; 0 or less where it has. */
  readonly leftMs?: number | undefined;
}): number {
  const { count, random, retryAfterSeconds = 0, lifeMs = Number.POSITIVE_INFINITY, leftMs = 0 } = failure;
  const capMs = Math.min(longestMs, Math.max(shortestCapMs, lifeMs / 24));
  const pauseMs = Math.min(capMs, firstMs * 2 ** Math.min(count - 1, 30)) * (0.5 + random / 2);
  const saidMs = Math.min(dayMs, retryAfterSeconds * 1000);
  return Math.max(pauseMs, leftMs > 0 ? Math.min(saidMs, Math.max(capMs, leftMs / 2)) : saidMs);
}
