import type { Authority } from '../authority/index.ts';
import type { Explainer, RefusalRecord } from '../authorization/index.ts';
import type { Clients, Resources } from '../clients/index.ts';
import type { Feed } from '../events/index.ts';
import type { NodeListing, Revocation } from '../revocation/index.ts';
import type { SigningKeys } from '../tokens/index.ts';

/** What the admin API acts on. */
export interface AdminContext {
  readonly issuer: string;
  readonly mtlsUrl: string;
  readonly pkiUrl: string;
  readonly version: string;
  readonly clients: Clients;
  readonly resources: Resources;
  readonly authority: Authority;
  readonly revocation: Revocation;
  readonly signingKeys: SigningKeys;
  readonly nodes: {
    list(): Promise<NodeListing[]>;
    /** Whether it was there. */
    remove(clientId: string): Promise<boolean>;
  };
  readonly feed: Feed;
  readonly clock: () => number;
  /** The latest refusals in the name of a client, newest first, of this process. */
  readonly refusals: (clientId: string | undefined) => readonly RefusalRecord[];
  readonly explainer: Explainer;
}
