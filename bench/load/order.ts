/** What the load is told on stdin, and what it prints on stdout: one JSON object each. */

export interface LoadTarget {
  host: string;
  port: number;
  /** Whose CPU time is read at both ends of each slice. */
  pid?: number | undefined;
  /** PEM; without it the connection is plain. Without key and certificate it presents none. */
  ca?: string | undefined;
  key?: string | undefined;
  certificate?: string | undefined;
  /** `kept`: every connection carries many requests. `full`, `resumed`: one request a connection. */
  connection: 'kept' | 'full' | 'resumed';
  connections: number;
  /** File with one request a line, base64; repeated round and round unless `once`. */
  requestsFile: string;
  once: boolean;
}

/** The targets take turns: `rounds` rounds of one slice each, after one round that is not counted if there is a warm-up. */
export interface LoadOrder {
  targets: LoadTarget[];
  warmUpMs: number;
  sliceMs: number;
  rounds: number;
  /** Ends a slice early, after this many answers. */
  most?: number | undefined;
}

export interface Slice {
  answers: number;
  seconds: number;
  /** CPU time of the server; NaN without a pid or a /proc, and so null in JSON. */
  serverCpuMicroseconds: number | null;
}

export interface TargetResult {
  slices: Slice[];
  /** CPU time of the load for an answer, in the warm-up; null without one. Where it comes near the server's, the rate is the load's. */
  loadCpuMicroseconds: number | null;
  /** Counts by HTTP status, warm-up included. */
  statuses: Record<string, number>;
  firstBody: string;
  failures: number;
  resumed: number;
}

export interface LoadResult {
  targets: TargetResult[];
}
