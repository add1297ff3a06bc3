import type { JsonObject } from '../../events/index.ts';
import type { TestClients } from './test-clients.ts';

export const actor = 'client:admin';

export function createClient(world: TestClients, metadata: JsonObject) {
  return world.clients.create({ metadata, actor });
}

/** Revokes a client in the store, without the cascade. */
export async function revokeClient(world: TestClients, clientId: string): Promise<void> {
  const client = await world.clients.read(clientId);
  await world.storage.revocation.revokeClient(
    {
      clientId,
      expectedRevision: client?.revision ?? 0,
      status: 'revoked',
      epoch: client?.epoch ?? 0,
      at: world.time.now,
    },
    () => ({ actor, act: 'client.revoked', object: { kind: 'client', id: clientId }, clientId }),
  );
}

/** Revokes a credential in the store, without the cascade. */
export async function revokeCredential(
  world: TestClients,
  clientId: string,
  credentialId: string,
): Promise<void> {
  await world.storage.revocation.revokeCredential(
    { clientId, credentialId, at: world.time.now },
    { actor, act: 'credential.revoked', object: { kind: 'credential', id: credentialId }, clientId },
  );
}
