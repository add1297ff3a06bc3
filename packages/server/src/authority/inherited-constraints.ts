import { Certificate, OID, type RawExtension } from '@mortise/x509';
import type { AuthorityRecord } from './authority-record.ts';
import { followedIntermediate } from './followed-intermediate.ts';

/**
 * The name constraints that the next intermediate has to have where nobody says which: those of the one that it follows, as they stand there.
 * `authorities`: oldest first.
 */
export function inheritedConstraints(
  authorities: readonly AuthorityRecord[],
  now: number,
): RawExtension | undefined {
  const followed = followedIntermediate(authorities, now);
  if (followed === undefined) return undefined;
  const found = Certificate.parse(followed.certificate).extension(OID.nameConstraints);
  return found === undefined ? undefined : { oid: found.oid, critical: found.critical, value: found.value };
}
