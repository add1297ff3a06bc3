import type { Client } from '../client.ts';
import { ClientError } from '../client-error.ts';
import type { Sealer } from '../secrets.ts';
import type { ClientStore, ResourceStore, StoreOutcome, Taken } from '../store.ts';

/** What the acts on clients need. */
export interface ActContext {
  readonly store: ClientStore;
  readonly resources: Pick<ResourceStore, 'find' | 'byScope'>;
  readonly sealer: Sealer;
  readonly clock: () => number;
  readonly issuer: string;
  /** `spkiSha256` of the roots of the authorities here. */
  readonly ownAnchorPins: () => readonly string[];
}

const attempts = 5;

/** Reads a client for an act: it must be there and not revoked. */
export async function readForAct(context: ActContext, clientId: string): Promise<Client> {
  const client = await context.store.find(clientId, context.clock());
  if (client === undefined) throw unknownClient(clientId);
  if (client.status === 'revoked') {
    throw new ClientError('client_revoked', `the client ${clientId} is revoked, which is final`);
  }
  return client;
}

export function unknownClient(clientId: string): ClientError {
  return new ClientError('client_unknown', `there is no client ${clientId.slice(0, 200)}`);
}

export function taken(conflict: Taken): ClientError {
  const what =
    conflict.code === 'matcher_taken' ? 'this matcher under one of these trust anchors' : 'this certificate';
  return new ClientError(conflict.code, `the client ${conflict.owner} owns ${what}`);
}

/**
 * Runs an optimistic act again from a fresh reading while others change the same record in between, at most five
 * times. Throws ClientError `contention` then.
 */
export async function withRetries<Result, Conflict>(
  attempt: () => Promise<{ outcome: StoreOutcome<Conflict | { readonly code: 'stale' }>; result: Result }>,
  refuse: (conflict: Exclude<Conflict, { readonly code: 'stale' }>) => ClientError,
): Promise<Result> {
  for (let left = attempts; left > 0; left--) {
    const { outcome, result } = await attempt();
    if (outcome.done) return result;
    const { conflict } = outcome;
    if ((conflict as { readonly code: string }).code !== 'stale') {
      throw refuse(conflict as Exclude<Conflict, { readonly code: 'stale' }>);
    }
  }
  throw new ClientError('contention', 'others keep changing this record; try again');
}
