import type { AuthorityRecord } from './authority-record.ts';

/**
 * The intermediate whose place the next one of an authority takes: the newest that may issue, or, where none may any more, the newest that did.
 * `authorities`: oldest first. Undefined where none ever issued here.
 */
export function followedIntermediate(
  authorities: readonly AuthorityRecord[],
  now: number,
): AuthorityRecord | undefined {
  const issued = authorities.filter(
    ({ kind, state, signer }) => kind === 'intermediate' && state === 'active' && signer !== 'offline',
  );
  return (
    issued.findLast(({ revokedAt, notAfter }) => revokedAt === undefined && notAfter > now) ?? issued.at(-1)
  );
}

/**
 * The root and the intermediate whose places those of a new pair take. Where the root's key was kept elsewhere, its place cannot be taken, and that of the
 * intermediate counts for both.
 */
export function followedPair(
  authorities: readonly AuthorityRecord[],
  now: number,
): { readonly root: AuthorityRecord | undefined; readonly intermediate: AuthorityRecord | undefined } {
  const intermediate = followedIntermediate(authorities, now);
  const root = authorities.findLast(({ kind, signer }) => kind === 'root' && signer !== 'offline');
  return { root: root ?? intermediate, intermediate };
}
