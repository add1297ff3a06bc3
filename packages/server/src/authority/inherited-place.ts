import { AuthorityError } from './authority-error.ts';
import type { AuthorityRecord } from './authority-record.ts';
import { followedIntermediate } from './followed-intermediate.ts';
import type { KeyPlace } from './signers/authority-keys.ts';
import { readKeyLocation } from './signers/pkcs11/pkcs11-uri.ts';

const tokenCodes: ReadonlySet<string> = new Set(['token_unusable', 'token_module_missing']);

/**
 * Makes an intermediate of an authority with a key at the given place, or at the inherited one. A token that is away is never replaced by another place: rejects
 * with the AuthorityError, which then says why it was that token. `authorities`: all of them, oldest first.
 */
export async function atPlace<T>(
  given: KeyPlace | undefined,
  {
    name,
    authorities,
    now,
  }: { readonly name: string; readonly authorities: readonly AuthorityRecord[]; readonly now: number },
  make: (place: KeyPlace) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return make(given);
  const ofName = authorities.filter((record) => record.name === name);
  const place = inheritedPlace(ofName, now);
  try {
    return await make(place);
  } catch (error) {
    if (!(error instanceof AuthorityError) || !('token' in place) || !tokenCodes.has(error.code)) throw error;
    throw new AuthorityError(
      error.code,
      `authority ${name} got no intermediate: its key belongs on the PKCS #11 token ${JSON.stringify(place.token)}, as that of the one before: ${error.message}`,
      error.values,
    );
  }
}

/** The token that holds the key of the intermediate that the next one follows, or the database. */
function inheritedPlace(authorities: readonly AuthorityRecord[], now: number): KeyPlace {
  const { keyLocation } = followedIntermediate(authorities, now) ?? {};
  if (keyLocation === undefined) return { signer: 'file' };
  return { signer: 'pkcs11', token: readKeyLocation(keyLocation).token };
}
