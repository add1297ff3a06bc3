import { AuthorityError } from './authority-error.ts';
import type { AuthorityKind, AuthorityRecord } from './authority-record.ts';
import type { KeyPlace } from './signers/authority-keys.ts';
import { readKeyLocation } from './signers/pkcs11/pkcs11-uri.ts';

const tokenCodes: ReadonlySet<string> = new Set(['token_unusable', 'token_module_missing']);

/** A root or an intermediate that is to be made. */
export interface NextAuthority {
  /** Of the authority that it will belong to. */
  readonly name: string;
  readonly kind: AuthorityKind;
  /** The one before it; undefined: none. */
  readonly follows: AuthorityRecord | undefined;
  /** The root that signs it, for an intermediate. */
  readonly issuer?: AuthorityRecord;
}

/**
 * Makes a root or an intermediate with a key at the given place, or where that of the one is that it follows, or, as the first, where that of its issuer is; else
 * in the database. A token that is away is never replaced by another place: rejects with the AuthorityError, which then says why it was that token.
 */
export async function atPlace<T>(
  given: KeyPlace | undefined,
  { name, kind, follows, issuer }: NextAuthority,
  make: (place: KeyPlace) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return make(given);
  const keyLocation = (follows ?? issuer)?.keyLocation;
  if (keyLocation === undefined) return make({ signer: 'file' });
  const { token } = readKeyLocation(keyLocation);
  try {
    return await make({ signer: 'pkcs11', token });
  } catch (error) {
    if (!(error instanceof AuthorityError) || !tokenCodes.has(error.code)) throw error;
    const like = follows === undefined ? 'that of its root' : 'that of the one before';
    throw new AuthorityError(
      error.code,
      `authority ${name} got no ${kind}: its key belongs on the PKCS #11 token ${JSON.stringify(token)}, as ${like}: ${error.message}`,
      error.values,
    );
  }
}
