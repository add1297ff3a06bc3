import type { Actor } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { requestCancelledEvent, requestedEvent } from '../authority-events.ts';
import type { AuthorityKeyType, AuthorityRecord, AuthorityRequest } from '../authority-record.ts';
import { followedIntermediate } from '../followed-intermediate.ts';
import { atPlace } from '../inherited-place.ts';
import { recordedOrDiscarded } from '../recorded-or-discarded.ts';
import type { KeyPlace } from '../signers/authority-keys.ts';
import type { AdministrationContext } from './administration-context.ts';
import { makeAuthorityRequest } from './make-authority-request.ts';
import { type AskedConstraints, onlyConstraints } from './name-constraints-asked.ts';

/** What is asked of an intermediate that its root has to sign elsewhere. */
export interface AskedIntermediate extends AskedConstraints {
  /** Default: that of the root. */
  readonly keyType?: AuthorityKeyType;
  /** Default: where the key of the one before is, and nowhere else. */
  readonly place?: KeyPlace;
  readonly actor: Actor;
}

/** Asks a root whose key is elsewhere for another intermediate. Rejects with AuthorityError, and as the store does; no key is left on a token then. */
export async function requestIntermediate(
  context: AdministrationContext,
  root: AuthorityRecord,
  asked: AskedIntermediate,
): Promise<AuthorityRequest> {
  const { store, authorities, keys } = context;
  const request = await prepareRequest(context, root, asked);
  const { id } = request;
  const added = await recordedOrDiscarded([request], {
    keys,
    record: () => store.addRequest(request, [requestedEvent(request, asked.actor)]),
    // One that was signed meanwhile is an authority by now.
    isRecorded: async () =>
      (await store.listRequests()).some((one) => one.id === id) || authorities.isRecorded(id),
  });
  if (!added)
    throw new AuthorityError('no_active_authority', `the root of authority ${root.name} is revoked`);
  return request;
}

/** A request with the key that was made for it, which are to be recorded. Rejects with AuthorityError. */
export function prepareRequest(
  { authorities, keys, certificateUrl, revocationUrls, clock }: AdministrationContext,
  root: AuthorityRecord,
  asked: AskedIntermediate,
): Promise<AuthorityRequest> {
  const now = clock();
  const { name } = root;
  const ofName = authorities.list().filter((record) => record.name === name);
  const next = { name, kind: 'intermediate', follows: followedIntermediate(ofName, now) } as const;
  return atPlace(asked.place, next, (place) =>
    makeAuthorityRequest({
      root,
      keys,
      keyType: asked.keyType ?? root.keyType,
      constraints: onlyConstraints(asked),
      urls: { certificate: certificateUrl(root.id), crl: revocationUrls(root.id)?.crl },
      now,
      place,
    }),
  );
}

/** Forgets a request and the key that was made for it, also one on a token. Rejects with AuthorityError `request_unknown`. */
export async function cancelRequest(
  { store, keys }: Pick<AdministrationContext, 'store' | 'keys'>,
  { id, actor }: { readonly id: string; readonly actor: Actor },
): Promise<void> {
  const request = (await store.listRequests()).find((one) => one.id === id);
  if (request === undefined || !(await store.deleteRequest(id, [requestCancelledEvent(request, actor)]))) {
    throw new AuthorityError('request_unknown', `there is no request ${id}`);
  }
  await keys.discard(request);
}
