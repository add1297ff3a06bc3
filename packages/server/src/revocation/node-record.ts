/** A client that follows the denylist as a node, as stored. Times are epoch milliseconds of this server's clock. */
export interface NodeRecord {
  readonly clientId: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** The highest position of the feed that it reported as enforced; 0 before its first report. */
  readonly position: number;
}

/** A certificate that a node met in a request. Key: (`nodeClientId`, `x5t`). */
export interface CertificateSighting {
  /** The node that met it. */
  readonly nodeClientId: string;
  /** `x5t#S256` of the certificate. */
  readonly x5t: string;
  /** The client that the node took it for. */
  readonly clientId?: string;
  readonly lastSeenAt: number;
  /** How many requests. */
  readonly count: number;
}
