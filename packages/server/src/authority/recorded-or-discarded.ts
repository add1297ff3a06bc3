import type { AuthorityRecord } from './authority-record.ts';
import type { AuthorityKeys, KeyRecord } from './signers/authority-keys.ts';

/** What has a key of its own: an authority, or the request for one. */
export type KeyHolder = Pick<AuthorityRecord, 'id'> & KeyRecord;

/**
 * Records what was made, and removes the keys that were made on a token for it if that came to nothing: answers what `record` answers, `false` if nothing was
 * recorded, and rejects as it does. Where nobody can tell, because the database was lost in the midst of it, the keys stay.
 */
export async function recordedOrDiscarded(
  made: readonly KeyHolder[],
  options: {
    readonly keys: Pick<AuthorityKeys, 'discard'>;
    readonly record: () => Promise<boolean>;
    /** Whether it is on record after all, as the database has it now: an act may also fail after it was committed. */
    readonly isRecorded: () => Promise<boolean>;
  },
): Promise<boolean> {
  const { keys, record, isRecorded } = options;
  const discard = () => Promise.all(made.map((one) => keys.discard(one)));
  let recorded: boolean;
  try {
    recorded = await record();
  } catch (error) {
    if (!isLost(error) && !(await isRecorded().catch(() => true))) await discard();
    throw error;
  }
  if (!recorded) await discard();
  return recorded;
}

/** Of the storage: what was asked of it may have been done, or still be done. */
function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unreachable';
}
