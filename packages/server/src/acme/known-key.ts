import type { AcmeAccount } from './records.ts';
import type { KnownKey } from './store.ts';

/** Why a key is not certified for an account: it is that of an account, of a certificate of another, or of one that was revoked for its key. Undefined: it may be. */
export function whyNotCertified(
  { ofAccount, uses }: KnownKey,
  account: Pick<AcmeAccount, 'id' | 'clientId'>,
): string | undefined {
  if (ofAccount) return 'The key is that of an account.';
  for (const { accountId, clientId, revocationReason } of uses) {
    if (revocationReason === 'key_compromise') return 'The key is known to be compromised.';
    const own = accountId === account.id || (clientId !== undefined && clientId === account.clientId);
    if (!own) return 'The key is that of a certificate of another.';
  }
  return undefined;
}
