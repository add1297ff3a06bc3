import type { DenylistFollower } from '../denylist-follower.ts';
import { RevocationError } from '../revocation-error.ts';
import type { ActContext, ActOutcome, By } from './act.ts';
import { reasonOf } from './act.ts';

/** A token that was verified as this server's own. */
export interface TokenToRevoke {
  /** Its `jti`. */
  readonly tokenId: string;
  readonly clientId: string;
  /** Epoch milliseconds: its `exp`. */
  readonly expiresAt: number;
}

/**
 * Most entries that a client may have when it adds another one: each costs memory on every node, and a client can ask for tokens and
 * revoke them as fast as it likes.
 */
export const mostEntriesOfClient = 10_000;

/**
 * Ends one access token (RFC 7009). Changes nothing if it is revoked already, or has expired everywhere. Rejects with RevocationError
 * `limit_reached` (RFC 7009 §2.2.1: 503).
 */
export async function revokeToken(
  context: ActContext,
  { denylist, rows }: Pick<DenylistFollower, 'denylist' | 'rows'>,
  token: TokenToRevoke,
  by: By,
): Promise<ActOutcome> {
  const expiresAt = context.lifetimes.token(token.expiresAt);
  if (expiresAt <= context.clock() || denylist.has({ kind: 'token', id: token.tokenId })) {
    return { changed: false };
  }
  if (rows.countOfClient(token.clientId) >= mostEntriesOfClient) {
    throw new RevocationError('limit_reached', `client ${token.clientId} has revoked too many tokens`);
  }
  const event = await context.store.record({
    actor: by.actor,
    act: 'token.revoked',
    object: { kind: 'token', id: token.tokenId },
    clientId: token.clientId,
    data: reasonOf(by),
    denylist: { add: [{ kind: 'token', id: token.tokenId, expiresAt }] },
  });
  return { changed: true, event };
}
