import { Certificate, OID, type RawExtension } from '@mortise/x509';
import type { AuthorityRecord } from './authority-record.ts';

/**
 * The name constraints that the next intermediate has to have where nobody says which: those of the newest that may issue, or, where none may any
 * more, of the newest that did; as they stand there. `authorities`: oldest first.
 */
export function inheritedConstraints(
  authorities: readonly AuthorityRecord[],
  now: number,
): RawExtension | undefined {
  const issued = authorities.filter(({ kind, state }) => kind === 'intermediate' && state === 'active');
  const followed =
    issued.findLast(({ revokedAt, notAfter }) => revokedAt === undefined && notAfter > now) ?? issued.at(-1);
  if (followed === undefined) return undefined;
  const found = Certificate.parse(followed.certificate).extension(OID.nameConstraints);
  return found === undefined ? undefined : { oid: found.oid, critical: found.critical, value: found.value };
}
