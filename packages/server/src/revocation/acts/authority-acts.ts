import { type AuthorityRecord, type RevocationReason, requestCancelledEvent } from '../../authority/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { RevocationError } from '../revocation-error.ts';
import type { ActContext, ActOutcome, By } from './act.ts';
import { outcomeOf, reasonOf } from './act.ts';

export interface AuthorityToRevoke {
  /** At least one; all in one act, so that a node that hangs under one of them hears of the others, too. */
  readonly authorityIds: readonly string[];
  /** For the CRL of whoever signed it, and those under it. Default `unspecified`; a hold is for other certificates. */
  readonly reason?: Exclude<RevocationReason, 'certificate_hold'>;
}

/** Ends authorities and those under them: their certificates, the tokens that were obtained with those, and the requests that they have still to sign. */
export async function revokeAuthority(
  context: ActContext,
  { authorityIds: named, reason }: AuthorityToRevoke,
  by: By,
): Promise<ActOutcome> {
  const all = await context.authorities.listAuthorities();
  const tops = named.map((authorityId) => {
    const found = all.find(({ id }) => id === authorityId);
    if (found !== undefined) return found;
    throw new RevocationError('authority_unknown', `there is no authority ${authorityId}`);
  });
  const ended = withDescendants(tops, all).filter(({ revokedAt }) => revokedAt === undefined);
  if (ended.length === 0) return { changed: false };
  const now = context.clock();
  const authorityIds = ended.map(({ id }) => id);
  const event: EventDraft = {
    actor: by.actor,
    act: 'authority.revoked',
    object: { kind: 'authority', id: named[0]! },
    data: {
      authorities: authorityIds,
      ...(reason === undefined ? {} : { revocation_reason: reason }),
      ...reasonOf(by),
    },
    denylist: {
      add: ended.map(({ id, notAfter }) => ({
        kind: 'authority',
        id,
        // No certificate under it can be valid for longer than its own.
        expiresAt: context.lifetimes.certificate(notAfter, now),
      })),
    },
  };
  const done = await context.store.revokeAuthorities(
    { authorityIds, at: now, ...(reason === undefined ? {} : { reason }) },
    (requests) => [event, ...requests.map((request) => requestCancelledEvent(request, by.actor))],
  );
  await Promise.all((done?.ended ?? []).map((request) => context.discardKey(request)));
  return outcomeOf(done?.event);
}

function withDescendants(
  tops: readonly AuthorityRecord[],
  all: readonly AuthorityRecord[],
): AuthorityRecord[] {
  const found = new Map(tops.map((top) => [top.id, top]));
  // A parent is older than its children, and the list is oldest first; one more walk finds imported ones too.
  for (let grown = true; grown; ) {
    grown = false;
    for (const record of all) {
      if (found.has(record.id) || record.parentId === undefined || !found.has(record.parentId)) continue;
      found.set(record.id, record);
      grown = true;
    }
  }
  return [...found.values()];
}
