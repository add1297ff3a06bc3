import type { KeyObject } from 'node:crypto';
import { AuthorityError } from '../authority-error.ts';
import { type AuthorityKeyType, authorityKeyTypes } from '../authority-record.ts';

/** Which of the kinds of an authority's key this one is. Throws AuthorityError `key_unsupported` if none. */
export function keyTypeOf(publicKey: KeyObject): AuthorityKeyType {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = publicKey;
  const curve = { prime256v1: 'ec-p256', secp384r1: 'ec-p384' }[details?.namedCurve ?? ''];
  const name = kind === 'rsa' ? `rsa-${details?.modulusLength}` : kind === 'ec' ? curve : kind;
  const found = authorityKeyTypes.find((keyType) => keyType === name);
  if (found !== undefined) return found;
  throw new AuthorityError('key_unsupported', 'an authority does not sign with a key of this kind');
}
