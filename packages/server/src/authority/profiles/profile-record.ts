import type { EventDraft, JsonObject } from '../../events/index.ts';

/** A profile that an administrator made, as stored. Times are epoch milliseconds. */
export interface ProfileRecord {
  /** Unique. */
  readonly name: string;
  /** As `readProfileDefinition` takes it. */
  readonly definition: JsonObject;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Raised by each change. Starts at 1. */
  readonly revision: number;
}

/** Where the profiles live that are not in the configuration. */
export interface ProfileStore {
  /** In the order of their names. */
  list(): Promise<ProfileRecord[]>;
  /** Adds a profile (`expectedRevision` 0), or replaces one that still has `expectedRevision`; `false`: nothing was changed. */
  save(
    act: { readonly profile: ProfileRecord; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<boolean>;
}
