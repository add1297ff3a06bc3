import type { EnrolmentAdministration, EnrolmentKey, EnrolmentKeyOptions } from '../acme/index.ts';
import type { Authority, Lineages, Recalls, Rollovers } from '../authority/index.ts';
import type { Explainer, RefusalRecord } from '../authorization/index.ts';
import type { Clients, Resources } from '../clients/index.ts';
import type { Feed } from '../events/index.ts';
import type { NodeListing, Revocation, RootCrls } from '../revocation/index.ts';
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
  readonly rollovers: Rollovers;
  readonly recalls: Recalls;
  readonly lineages: Lineages;
  readonly revocation: Revocation;
  readonly rootCrls: RootCrls;
  readonly signingKeys: SigningKeys;
  readonly nodes: {
    list(): Promise<NodeListing[]>;
    /** Whether it was there. */
    remove(clientId: string): Promise<boolean>;
  };
  readonly enrolment: {
    /** A MAC key by which one ACME account is bound to the client, under one profile. `too_many`: the client took enough of them itself. */
    addKey(options: EnrolmentKeyOptions): Promise<EnrolmentKey | 'too_many'>;
  };
  /** ACME accounts and the keys that wait to bind one. */
  readonly enrolmentAdministration: () => Promise<EnrolmentAdministration>;
  readonly feed: Feed;
  readonly clock: () => number;
  /** The latest refusals in the name of a client, newest first, of this process. */
  readonly refusals: (clientId: string | undefined) => readonly RefusalRecord[];
  readonly explainer: Explainer;
}
