import { RolloverError } from './rollover-error.ts';

/** Who trusts: a node that follows the feed, a program with the client library, or the agent. */
export const reporterKinds = ['node', 'client', 'agent'] as const;

export type ReporterKind = (typeof reporterKinds)[number];

/** Which roots one process trusts, as it said itself over a connection with its certificate. Times are epoch milliseconds. */
export interface TrustReport {
  readonly clientId: string;
  readonly kind: ReporterKind;
  /** Tells the processes of one client apart. */
  readonly instance: string;
  /** SHA-256 of the certificates that it trusts, lower-case hexadecimal. */
  readonly anchors: readonly string[];
  readonly reportedAt: number;
}

const mostAnchors = 500;

/**
 * Reads `{ "instance": "…", "gone": true }`, for a process that ends, or `{ "instance": "…", "anchors": ["<sha256>", …], "kind": "client" | "agent" }`; `kind` is absent in a node's report. Throws RolloverError
 * `report_invalid` with the JSON pointer of the wrong member in `names`.
 */
export function readTrustReport(body: unknown): Pick<TrustReport, 'instance' | 'anchors'> & {
  readonly kind: ReporterKind | undefined;
  readonly gone: boolean;
} {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('/');
  const {
    instance,
    kind,
    gone = false,
    anchors = gone === true ? [] : undefined,
  } = body as Record<string, unknown>;
  if (typeof instance !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(instance)) throw invalid('/instance');
  if (!Array.isArray(anchors) || anchors.length > mostAnchors) throw invalid('/anchors');
  const wrong = anchors.findIndex((anchor) => typeof anchor !== 'string' || !/^[0-9a-f]{64}$/.test(anchor));
  if (wrong >= 0) throw invalid(`/anchors/${wrong}`);
  if (kind !== undefined && kind !== 'client' && kind !== 'agent') throw invalid('/kind');
  if (typeof gone !== 'boolean') throw invalid('/gone');
  return { instance, gone, anchors: [...new Set(anchors as string[])].sort(), kind };
}

function invalid(member: string): RolloverError {
  return new RolloverError('report_invalid', 'the report of trust is wrong', [member]);
}
