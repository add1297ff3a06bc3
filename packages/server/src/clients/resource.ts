export const resourceSigningAlgorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;

export type ResourceSigningAlgorithm = (typeof resourceSigningAlgorithms)[number];

/** An API that accepts tokens. Times are epoch milliseconds. */
export interface Resource {
  /** RFC 8707: an absolute URI without fragment, kept and compared as given. */
  readonly identifier: string;
  readonly name?: string;
  readonly scopes: readonly string[];
  readonly signingAlgorithm: ResourceSigningAlgorithm;
  readonly accessTokenLifetimeSeconds?: number;
  /** Ids of the clients that may introspect its tokens and follow its denylist. */
  readonly resourceServers: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Raised by each update; what optimistic writes compare. Starts at 1. */
  readonly revision: number;
}
