/** Another signal so soon is the same wish by another way: a terminal signals the whole group, and npx and the launcher pass theirs on. */
const sameWishMs = 1000;
const parentLookMs = 500;

/**
 * Resolves with the reason to stop: `SIGTERM` or `SIGINT`, or `npx ended`. A signal repeated more than a second later ends the
 * process at once, with status 1.
 *
 * npx runs a shell between itself and the command, and hands it a signal which that shell dies of without passing it on. So
 * under npx the end of the parent is a reason, too; elsewhere it is not, for whoever put the server into the background.
 */
export function stopAsked(environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, () => {
        firstMs ??= performance.now();
        if (performance.now() - firstMs > sameWishMs) process.exit(1);
        resolve(name);
      });
    }
    if (environment['npm_command'] !== 'exec') return;
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) resolve('npx ended');
    }, parentLookMs).unref();
  });
}
