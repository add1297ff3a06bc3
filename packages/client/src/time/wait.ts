/** Resolves when the clock has come to `at` (epoch milliseconds), or rejects with the signal's reason. */
export type Wait = (at: number, signal: AbortSignal) => Promise<void>;

/** A timer does not count while a computer sleeps, and a clock may be set: it is looked at this often. */
const longestSleepMs = 30_000;

/** Waits by timers that keep no process alive where `keepAlive` is false. */
export function waitByTimer(clock: () => number, keepAlive = true): Wait {
  return async (at, signal) => {
    for (let left = at - clock(); left > 0; left = at - clock()) {
      await sleep(Math.min(left, longestSleepMs), signal, keepAlive);
    }
    signal.throwIfAborted();
  };
}

function sleep(ms: number, signal: AbortSignal, keepAlive: boolean): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => {
    clearTimeout(timer);
    reject(signal.reason);
  };
  const timer = setTimeout(() => {
    signal.removeEventListener('abort', abort);
    resolve();
  }, ms);
  if (!keepAlive) timer.unref();
  signal.addEventListener('abort', abort, { once: true });
  return promise;
}
