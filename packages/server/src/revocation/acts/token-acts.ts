import type { Denylist } from '@mortise/resource-server';
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

/** Ends one access token (RFC 7009). Changes nothing if it is revoked already, or has expired everywhere. */
export async function revokeToken(
  context: ActContext,
  denylist: Denylist,
  token: TokenToRevoke,
  by: By,
): Promise<ActOutcome> {
  const expiresAt = context.lifetimes.token(token.expiresAt);
  if (expiresAt <= context.clock() || denylist.has({ kind: 'token', id: token.tokenId })) {
    return { changed: false };
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
