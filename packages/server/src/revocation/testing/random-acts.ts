import fc from 'fast-check';
import { RevocationError } from '../revocation-error.ts';
import type { RevocationHouse } from './open-revocation.ts';
import { by } from './open-revocation.ts';

export type RandomAct =
  | { readonly act: 'suspend' | 'resume' | 'revoke' | 'issue' | 'revokeIssued'; readonly client: string }
  | { readonly act: 'token'; readonly client: string; readonly tokenId: string; readonly seconds: number }
  | { readonly act: 'pass'; readonly seconds: number }
  | { readonly act: 'prune' };

const client = fc.constantFrom('client-one', 'client-two', 'server-one', 'nobody');

/** Acts on a few clients, with time passing between them. Revoking a client is rare, because it ends the play. */
export const randomActs: fc.Arbitrary<RandomAct[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ act: fc.constantFrom('suspend', 'resume', 'issue', 'revokeIssued'), client }),
    },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('revoke' as const), client }) },
    {
      weight: 3,
      arbitrary: fc.record({
        act: fc.constant('token' as const),
        client,
        tokenId: fc.constantFrom('a', 'b', 'c'),
        seconds: fc.integer({ min: -10, max: 5000 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 3000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('prune' as const) }) },
  ),
  { minLength: 1, maxLength: 25 },
);

/** Does one act; that it finds nothing to do, or is refused, is part of the play. */
export async function perform(house: RevocationHouse, act: RandomAct): Promise<void> {
  try {
    await attempt(house, act);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (error instanceof RevocationError || code === 'client_unknown' || code === 'client_not_active') return;
    throw error;
  }
}

async function attempt(house: RevocationHouse, act: RandomAct): Promise<void> {
  const { revocation, authority, clock } = house;
  switch (act.act) {
    case 'suspend':
      await revocation.suspendClient(act.client, by);
      break;
    case 'resume':
      await revocation.resumeClient(act.client, by);
      break;
    case 'revoke':
      await revocation.revokeClient(act.client, by);
      break;
    case 'issue':
      await authority.issue({
        profile: 'client',
        clientId: act.client,
        lifetimeSeconds: 4000,
        actor: 'cli',
      });
      break;
    case 'revokeIssued': {
      const issued = await authority.listCertificates({ filter: { clientId: act.client }, limit: 5 });
      for (const { fingerprint256 } of issued) await revocation.revokeCertificate({ fingerprint256 }, by);
      break;
    }
    case 'token': {
      const expiresAt = clock.now + act.seconds * 1000;
      await revocation.revokeToken({ tokenId: act.tokenId, clientId: act.client, expiresAt }, by);
      break;
    }
    case 'pass':
      clock.advanceSeconds(act.seconds);
      break;
    case 'prune':
      await revocation.prune();
      break;
  }
}
