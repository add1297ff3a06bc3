import type { EventDraft } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { type KeyHolder, recordedOrDiscarded } from '../recorded-or-discarded.ts';
import type { AuthorityStore } from '../store.ts';
import type { AdministrationContext } from './administration-context.ts';

/**
 * Adds authorities and what belongs to them in one act, and reads them again. Rejects with AuthorityError `contended`, and as the store does; of what is not
 * recorded then no key is left on a token.
 */
export async function recordAuthorities(
  { store, authorities, keys }: Pick<AdministrationContext, 'store' | 'authorities' | 'keys'>,
  act: Parameters<AuthorityStore['addAuthorities']>[0],
  {
    events,
    madeKeysOf = [],
  }: {
    readonly events: readonly EventDraft[];
    /** Whose keys were made for this act. */
    readonly madeKeysOf?: readonly KeyHolder[];
  },
): Promise<void> {
  const added = await recordedOrDiscarded(madeKeysOf, {
    keys,
    record: () => store.addAuthorities(act, events),
    isRecorded: () => authorities.isRecorded(act.authorities[0]!.id),
  });
  await authorities.reload();
  if (!added) throw contended();
}

export function contended(): AuthorityError {
  return new AuthorityError('contended', 'others changed the authorities at the same time; nothing was made');
}
