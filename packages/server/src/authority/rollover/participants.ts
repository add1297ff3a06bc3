import type { ReporterKind, TrustReport } from './trust-report.ts';

/**
 * `ready`: trusts the new root, by its own latest word since the step before. `lacking`: has said what it trusts, and the new root is not
 * among it. `silent`: has not said anything since. `unobservable`: never has, and maybe cannot.
 */
export type ParticipantState = 'ready' | 'lacking' | 'silent' | 'unobservable';

/** One that trusts, of a client. Times are epoch milliseconds. */
export interface Participant {
  /** The client id. */
  readonly name: string;
  readonly kind: ReporterKind;
  readonly state: ParticipantState;
  /** How many processes the state was read from. */
  readonly processes: number;
  readonly lastReportAt?: number;
}

/** A process that has not reported for this long, while another of the same client has, is taken to be gone. */
const goneAfterMs = 900_000;

/** Everybody who has to trust the new root: each client by what its processes reported, and each node. */
export function participants(facts: {
  readonly clientIds: readonly string[];
  /** Clients that follow the feed as nodes. */
  readonly nodeIds: ReadonlySet<string>;
  readonly reports: readonly TrustReport[];
  /** SHA-256 of the new root, lower-case hexadecimal. */
  readonly newRoot: string;
  /** Reports from before do not count. */
  readonly since: number;
  readonly now: number;
}): Participant[] {
  const byClient = Map.groupBy(facts.reports, ({ clientId }) => clientId);
  return facts.clientIds.flatMap((name) => {
    const byKind = Map.groupBy(byClient.get(name) ?? [], ({ kind }) => kind);
    const found = [...byKind].map(
      ([kind, reports]): Participant => ({ name, kind, ...judge(reports, facts) }),
    );
    if (facts.nodeIds.has(name) && !byKind.has('node')) {
      found.push({ name, kind: 'node', state: 'unobservable', processes: 0 });
    }
    if (found.length === 0) found.push({ name, kind: 'client', state: 'unobservable', processes: 0 });
    return found.sort((a, b) => (a.kind < b.kind ? -1 : 1));
  });
}

function judge(
  reports: readonly TrustReport[],
  { newRoot, since, now }: { readonly newRoot: string; readonly since: number; readonly now: number },
): Pick<Participant, 'state' | 'processes' | 'lastReportAt'> {
  const lastReportAt = Math.max(...reports.map(({ reportedAt }) => reportedAt));
  const present = reports.filter(({ reportedAt }) => reportedAt > now - goneAfterMs);
  const counted =
    present.length > 0 ? present : reports.filter(({ reportedAt }) => reportedAt === lastReportAt);
  const silent = counted.some(({ reportedAt }) => reportedAt < since);
  const lacking = counted.some(
    ({ reportedAt, anchors }) => reportedAt >= since && !anchors.includes(newRoot),
  );
  return {
    state: lacking ? 'lacking' : silent ? 'silent' : 'ready',
    processes: counted.length,
    lastReportAt,
  };
}
