import type { RootCrls } from '../revocation/index.ts';

/** Tells the log which roots that are kept offline have to sign a CRL: nobody here can do it for them. */
export async function warnOfDueCrls(
  rootCrls: Pick<RootCrls, 'list'>,
  log: { warn(fields: object, message: string): void },
): Promise<void> {
  for (const { root, state, lacking, due, published } of await rootCrls.list()) {
    if (!due) continue;
    const end = published === undefined ? {} : { next_update: new Date(published.nextUpdate).toISOString() };
    log.warn(
      { authority: root.name, root: root.id, state, lacking, ...end },
      'a root that is kept offline has to sign a CRL: see "mortise authority crls"',
    );
  }
}
