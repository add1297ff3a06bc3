import { AuthorityError } from './authority-error.ts';
import type { AuthorityRecord } from './authority-record.ts';
import type { KeyPlace } from './signers/authority-keys.ts';
import { readKeyLocation } from './signers/pkcs11/pkcs11-uri.ts';

const tokenCodes: ReadonlySet<string> = new Set(['token_unusable', 'token_module_missing']);

/**
 * Makes a root or an intermediate of an authority with a key at the given place, or where that of the one is that it follows. A token that is away is never
 * replaced by another place: rejects with the AuthorityError, which then says why it was that token. `follows` undefined: none, and the key is made in the database.
 */
export async function atPlace<T>(
  given: KeyPlace | undefined,
  { name, follows }: { readonly name: string; readonly follows: AuthorityRecord | undefined },
  make: (place: KeyPlace) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return make(given);
  if (follows?.keyLocation === undefined) return make({ signer: 'file' });
  const { token } = readKeyLocation(follows.keyLocation);
  try {
    return await make({ signer: 'pkcs11', token });
  } catch (error) {
    if (!(error instanceof AuthorityError) || !tokenCodes.has(error.code)) throw error;
    throw new AuthorityError(
      error.code,
      `authority ${name} got no ${follows.kind}: its key belongs on the PKCS #11 token ${JSON.stringify(token)}, as that of the one before: ${error.message}`,
      error.values,
    );
  }
}
