import type { Event } from '../../events/index.ts';
import type { Storage } from '../../storage/index.ts';

/** Records that these authorities are revoked, as the act does after it has found the ones below them. */
export async function revokeAuthorities(
  { revocation }: Pick<Storage, 'revocation'>,
  authorityIds: readonly string[],
  at: number,
): Promise<Event | undefined> {
  const event = {
    actor: 'cli',
    act: 'authority.revoked',
    object: { kind: 'authority', id: authorityIds[0]! },
    data: { authorities: [...authorityIds] },
  } as const;
  return (await revocation.revokeAuthorities({ authorityIds, at }, () => [event]))?.event;
}
