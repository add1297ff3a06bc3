import type { Actor, DenylistNews } from '../../events/index.ts';
import type { Client, ClientStatus } from '../client.ts';
import { ClientError } from '../client-error.ts';
import { type ActContext, readForAct, unknownClient, withRetries } from './act-context.ts';

export type StatusAct = 'suspend' | 'resume' | 'revoke';

export interface ChangeStatus {
  readonly clientId: string;
  readonly act: StatusAct;
  readonly actor: Actor;
  /**
   * What ends (or, on resuming, gives back) the client's access; the cascade is not decided here. Gets the client
   * with its new status and epoch.
   */
  readonly denylist: (client: Client, now: number) => DenylistNews;
}

const transitions: Readonly<
  Record<StatusAct, { from: readonly ClientStatus[]; to: ClientStatus; raisesEpoch: boolean; event: string }>
> = {
  suspend: { from: ['active'], to: 'suspended', raisesEpoch: true, event: 'client.suspended' },
  resume: { from: ['suspended'], to: 'active', raisesEpoch: false, event: 'client.resumed' },
  revoke: { from: ['active', 'suspended'], to: 'revoked', raisesEpoch: true, event: 'client.revoked' },
};

/**
 * Suspends, resumes or revokes a client. Suspending and revoking raise its epoch. Throws ClientError
 * `client_unknown`, `client_revoked` (final), `status_conflict` (suspended already, or not suspended), `contention`.
 */
export async function changeStatus(context: ActContext, input: ChangeStatus): Promise<Client> {
  const transition = transitions[input.act];
  return withRetries(
    async () => {
      const client = await readForAct(context, input.clientId);
      if (!transition.from.includes(client.status)) {
        throw new ClientError('status_conflict', `the client ${client.clientId} is ${client.status} already`);
      }
      const at = context.clock();
      const epoch = transition.raisesEpoch ? client.epoch + 1 : client.epoch;
      const changed: Client = {
        ...client,
        status: transition.to,
        epoch,
        updatedAt: at,
        revision: client.revision + 1,
      };
      const outcome = await context.store.changeStatus(
        { clientId: client.clientId, expectedRevision: client.revision, status: transition.to, epoch, at },
        [
          {
            actor: input.actor,
            act: transition.event,
            object: { kind: 'client', id: client.clientId },
            clientId: client.clientId,
            data: { epoch },
            denylist: input.denylist(changed, at),
          },
        ],
      );
      return { outcome, result: changed };
    },
    () => unknownClient(input.clientId),
  );
}
