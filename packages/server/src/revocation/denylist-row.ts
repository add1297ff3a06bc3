import type { DenylistEntry } from '@mortise/resource-server';

/** An entry as stored: with the client whose thing it is, because that decides which nodes may see it. */
export interface DenylistRow {
  readonly entry: DenylistEntry;
  /** The `clientId` of the event that added it. Absent for keys and authorities. */
  readonly clientId?: string;
}
