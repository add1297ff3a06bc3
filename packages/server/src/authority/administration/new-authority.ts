import type { Certificate } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import { isAuthorityName } from '../authority-record.ts';
import type { OwnAuthorities } from '../own-authorities.ts';

/** Throws AuthorityError `authority_name_invalid` for what can be the name of no authority. */
export function refuseBadName(name: string): void {
  if (isAuthorityName(name)) return;
  throw new AuthorityError(
    'authority_name_invalid',
    'the name of an authority is 1 to 63 lower-case letters, digits and hyphens',
  );
}

/** Throws AuthorityError `authority_exists` for the name of an authority that is there. */
export function refuseTakenName(authorities: OwnAuthorities, name: string): void {
  if (authorities.list().every((record) => record.name !== name)) return;
  throw new AuthorityError('authority_exists', `there is an authority ${name} already`);
}

/** A certificate or key twice would make two authorities that cannot be told apart. Throws AuthorityError `authority_exists`. */
export function refuseTakenKeys(authorities: OwnAuthorities, chain: readonly Certificate[]): void {
  const known = authorities.list();
  for (const { spkiSha256, subject } of chain) {
    if (known.every((record) => record.spkiSha256 !== spkiSha256)) continue;
    throw new AuthorityError(
      'authority_exists',
      `the key of ${subject.toString()} is that of an authority here`,
    );
  }
}
