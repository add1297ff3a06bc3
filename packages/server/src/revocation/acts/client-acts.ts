import type { DenylistEntry } from '@mortise/resource-server';
import type { ClientRecord } from '../../clients/index.ts';
import type { Event } from '../../events/index.ts';
import { RevocationError } from '../revocation-error.ts';
import type { RevokedCredential } from '../store.ts';
import type { ActContext, ActOutcome, By } from './act.ts';
import { reasonOf } from './act.ts';

/** How often an act is tried again when another one changed the client between reading and writing. */
const attempts = 8;

/**
 * Ends everything that the client can do, until it is resumed: its tokens of the epochs so far for good, and while
 * suspended also what it does by mutual TLS alone.
 */
export function suspendClient(context: ActContext, clientId: string, by: By): Promise<ActOutcome> {
  return act(context, clientId, (client, now) => {
    if (client.status === 'suspended') return undefined;
    refuseRevoked(client);
    const epoch = client.epoch + 1;
    const tokensEnd = context.lifetimes.tokensSignedBy(now);
    return context.store.changeClientStatus(
      { clientId, expectedRevision: client.revision, status: 'suspended', epoch, at: now },
      {
        actor: by.actor,
        act: 'client.suspended',
        object: { kind: 'client', id: clientId },
        clientId,
        data: { epoch, ...reasonOf(by) },
        denylist: {
          add: [
            { kind: 'client', id: clientId },
            { kind: 'client', id: clientId, epoch, expiresAt: tokensEnd },
          ],
        },
      },
    );
  });
}

/** Lets the client in again. Tokens from before its suspension stay dead, since they are of a lower epoch. */
export function resumeClient(context: ActContext, clientId: string, by: By): Promise<ActOutcome> {
  return act(context, clientId, (client, now) => {
    if (client.status === 'active') return undefined;
    refuseRevoked(client);
    return context.store.changeClientStatus(
      { clientId, expectedRevision: client.revision, status: 'active', epoch: client.epoch, at: now },
      {
        actor: by.actor,
        act: 'client.resumed',
        object: { kind: 'client', id: clientId },
        clientId,
        data: { epoch: client.epoch, ...reasonOf(by) },
        denylist: { remove: [{ kind: 'client', id: clientId }] },
      },
    );
  });
}

/** Ends the client for good, with its credentials, its certificates and its tokens. */
export function revokeClient(context: ActContext, clientId: string, by: By): Promise<ActOutcome> {
  return act(context, clientId, (client, now) => {
    if (client.status === 'revoked') return undefined;
    return context.store.revokeClient(
      { clientId, expectedRevision: client.revision, status: 'revoked', epoch: client.epoch, at: now },
      (revoked) => ({
        actor: by.actor,
        act: 'client.revoked',
        object: { kind: 'client', id: clientId },
        clientId,
        data: { credentials: revoked.map(({ id }) => id), ...reasonOf(by) },
        denylist: {
          add: [clientEntry(context, client, revoked, now), ...certificateEntries(context, revoked, now)],
        },
      }),
    );
  });
}

/**
 * A client that never had to do with certificates has only tokens to lose, and they end. Otherwise certificates may
 * exist that nobody here has seen, so the entry never wears off.
 */
function clientEntry(
  context: ActContext,
  client: ClientRecord,
  revoked: readonly RevokedCredential[],
  now: number,
): DenylistEntry {
  const certificates =
    client.tlsClientAuth !== undefined ||
    client.anchors.length > 0 ||
    [client.tokenEndpointAuthMethod, client.previousAuthMethod?.method].some((method) =>
      method?.includes('tls'),
    ) ||
    revoked.some(({ kind }) => kind === 'certificate');
  const entry: DenylistEntry = { kind: 'client', id: client.clientId };
  return certificates ? entry : { ...entry, expiresAt: context.lifetimes.tokensSignedBy(now) };
}

function certificateEntries(
  context: ActContext,
  revoked: readonly RevokedCredential[],
  now: number,
): DenylistEntry[] {
  return revoked.flatMap(({ x5t, notAfter }): DenylistEntry[] => {
    if (x5t === undefined) return [];
    if (notAfter === undefined) return [{ kind: 'certificate', id: x5t }];
    if (notAfter <= now) return [];
    return [{ kind: 'certificate', id: x5t, expiresAt: context.lifetimes.certificate(notAfter, now) }];
  });
}

function refuseRevoked(client: ClientRecord): void {
  if (client.status === 'revoked') {
    throw new RevocationError('client_revoked', `client ${client.clientId} is revoked, which is final`);
  }
}

/** Reads the client and tries the act; reads again when the store says that the client was another by then. */
async function act(
  context: ActContext,
  clientId: string,
  attempt: (client: ClientRecord, now: number) => Promise<Event | undefined> | undefined,
): Promise<ActOutcome> {
  for (let tried = 0; tried < attempts; tried += 1) {
    const now = context.clock();
    const client = await context.clients.find(clientId, now);
    if (client === undefined) throw new RevocationError('client_unknown', `there is no client ${clientId}`);
    const trial = attempt(client, now);
    if (trial === undefined) return { changed: false };
    const event = await trial;
    if (event !== undefined) return { changed: true, event };
  }
  throw new RevocationError('contended', `client ${clientId} kept changing; nothing was done`);
}
