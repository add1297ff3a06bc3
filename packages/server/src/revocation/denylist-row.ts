import type { DenylistEntry } from '@mortise/resource-server';

/** An entry as stored: with the client whose thing it is, because that decides which nodes may see it. */
export interface DenylistRow {
  readonly entry: DenylistEntry;
  /** The `clientId` of the event that added it. Absent for keys and authorities. */
  readonly clientId?: string;
}

/** The columns of a client from which it follows which resources may meet its tokens. */
export interface ClientGrants {
  readonly clientId: string;
  readonly scope: readonly string[];
  /** Identifiers. */
  readonly resources: readonly string[];
}
