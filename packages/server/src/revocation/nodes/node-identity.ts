/** A client that has shown that it may follow the denylist. */
export interface NodeIdentity {
  readonly clientId: string;
  /** The certificate credential that it authenticated with. */
  readonly credentialId: string;
  /** `x5t#S256` of that certificate. */
  readonly x5t: string;
  /** The authority here that issued the certificate; absent if it was registered. */
  readonly authorityId?: string;
  /** Epoch milliseconds: when the certificate or its credential ends. A stream ends then too. */
  readonly validUntil: number;
  /** Identifiers of all resources that it serves; at least one. */
  readonly resources: readonly string[];
}

/** What the denylist is asked about a node. */
export function factsOf(node: NodeIdentity): {
  clientId: string;
  credentialIds: string[];
  certificates: string[];
  authorityIds: string[];
} {
  return {
    clientId: node.clientId,
    credentialIds: [node.credentialId],
    certificates: [node.x5t],
    authorityIds: node.authorityId === undefined ? [] : [node.authorityId],
  };
}
