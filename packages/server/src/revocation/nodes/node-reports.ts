import type { DenylistFollower } from '../denylist-follower.ts';
import type { CertificateSighting, NodeRecord } from '../node-record.ts';
import type { NodeStore } from '../store.ts';
import type { NodeIdentity } from './node-identity.ts';
import type { ReportBody } from './report-body.ts';
import { readReportBody } from './report-body.ts';

export type ReportOutcome =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** `position_unknown`: it claims to enforce what is far from having happened. */
      readonly code: 'report_invalid' | 'position_unknown';
      /** JSON pointer. */
      readonly member: string;
    };

/** When a node began to enforce one change. Times are epoch milliseconds. */
export interface Enforcement {
  readonly position: number;
  /** By the node's clock. */
  readonly at: number;
  /** By this server's clock: when it heard of it. */
  readonly reportedAt: number;
}

/** What a node reported to this process. */
export interface ReportedNode {
  readonly clientId: string;
  readonly position: number;
  readonly lastReportAt: number;
  /** The latest, at most `enforcementsKept`, oldest first. */
  readonly enforcements: readonly Enforcement[];
}

interface Reported {
  position: number;
  firstReportAt: number;
  lastReportAt: number;
  enforcements: Enforcement[];
  unsaved: boolean;
}

/** How far a node may be ahead of what this process has heard. */
const aheadAllowed = 1000;

/** How many enforcements are kept of each node. */
export const enforcementsKept = 256;

export interface NodeReportsOptions {
  readonly store: Pick<NodeStore, 'record'>;
  readonly follower: Pick<DenylistFollower, 'highestSequence'>;
  readonly clock: () => number;
  /** How many nodes are remembered; the one that reported longest ago makes room. Default 10,000. */
  readonly maximumNodes?: number;
  /** How many sightings may wait for the next flush; more are dropped and counted. Default 10,000. */
  readonly maximumSightings?: number;
}

/** Takes what nodes report, in memory, and writes it to the store in batches. */
export class NodeReports {
  /** Sightings dropped because too many waited. */
  droppedSightings = 0;
  readonly #options: NodeReportsOptions;
  /** In the order of their last reports. */
  readonly #nodes = new Map<string, Reported>();
  #sightings = new Map<string, CertificateSighting>();

  constructor(options: NodeReportsOptions) {
    this.#options = options;
  }

  /** `body` is parsed JSON. Nothing is taken from a report that is wrong anywhere. */
  accept(client: NodeIdentity, body: unknown): ReportOutcome {
    const read = readReportBody(body);
    if ('wrongMember' in read) return { accepted: false, code: 'report_invalid', member: read.wrongMember };
    const report = read.body;
    // Another process may have told the node what this one has not heard yet.
    const highest = this.#options.follower.highestSequence + aheadAllowed;
    if (report.position > highest) return { accepted: false, code: 'position_unknown', member: '/position' };
    const ahead = report.enforced?.findIndex(({ position }) => position > highest) ?? -1;
    if (ahead >= 0) {
      return { accepted: false, code: 'position_unknown', member: `/enforced/${ahead}/position` };
    }
    this.#takePosition(client.clientId, report);
    for (const seen of report.certificates ?? []) this.#takeSighting(client.clientId, seen);
    return { accepted: true };
  }

  /** No position is beyond what this process has heard by now. */
  nodes(): ReportedNode[] {
    const highest = this.#options.follower.highestSequence;
    return [...this.#nodes].map(([clientId, { position, lastReportAt, enforcements }]) => ({
      clientId,
      position: Math.min(position, highest),
      lastReportAt,
      enforcements: [...enforcements],
    }));
  }

  /** Forgets what this node reported here; whether it had. */
  forget(clientId: string): boolean {
    const known = this.#nodes.delete(clientId);
    for (const [key, sighting] of this.#sightings) {
      if (sighting.nodeClientId === clientId) this.#sightings.delete(key);
    }
    return known;
  }

  /** Writes what came since the last flush. If that fails, it is kept for the next one. */
  async flush(): Promise<void> {
    const nodes: NodeRecord[] = [];
    const highest = this.#options.follower.highestSequence;
    for (const [clientId, reported] of this.#nodes) {
      if (!reported.unsaved) continue;
      reported.unsaved = false;
      const { position, firstReportAt: firstSeenAt, lastReportAt: lastSeenAt } = reported;
      nodes.push({ clientId, firstSeenAt, lastSeenAt, position: Math.min(position, highest) });
    }
    const sightings = [...this.#sightings.values()];
    if (nodes.length === 0 && sightings.length === 0) return;
    this.#sightings = new Map();
    try {
      await this.#options.store.record({ nodes, sightings });
    } catch (error) {
      for (const { clientId } of nodes) {
        const reported = this.#nodes.get(clientId);
        if (reported !== undefined) reported.unsaved = true;
      }
      for (const sighting of sightings) this.#addSighting(sighting);
      throw error;
    }
  }

  #takePosition(clientId: string, report: ReportBody): void {
    const now = this.#options.clock();
    const known = this.#nodes.get(clientId);
    this.#nodes.delete(clientId);
    const added = (report.enforced ?? []).map(({ position, at }) => ({ position, at, reportedAt: now }));
    this.#nodes.set(clientId, {
      position: Math.max(known?.position ?? 0, report.position),
      firstReportAt: known?.firstReportAt ?? now,
      lastReportAt: now,
      enforcements: [...(known?.enforcements ?? []), ...added].slice(-enforcementsKept),
      unsaved: true,
    });
    if (this.#nodes.size <= (this.#options.maximumNodes ?? 10_000)) return;
    const [oldest] = this.#nodes.keys();
    if (oldest !== undefined) this.#nodes.delete(oldest);
  }

  #takeSighting(nodeClientId: string, seen: NonNullable<ReportBody['certificates']>[number]): void {
    this.#addSighting({
      nodeClientId,
      x5t: seen['x5t#S256'],
      ...(seen.client_id === undefined ? {} : { clientId: seen.client_id }),
      // A node whose clock is ahead must not make a certificate look used in the future.
      lastSeenAt: Math.min(seen.lastSeenAt, this.#options.clock()),
      count: seen.count,
    });
  }

  #addSighting(sighting: CertificateSighting): void {
    const key = `${sighting.x5t} ${sighting.nodeClientId}`;
    const known = this.#sightings.get(key);
    if (known === undefined) {
      if (this.#sightings.size >= (this.#options.maximumSightings ?? 10_000)) this.droppedSightings += 1;
      else this.#sightings.set(key, sighting);
      return;
    }
    const later = sighting.lastSeenAt >= known.lastSeenAt ? sighting : known;
    this.#sightings.set(key, { ...later, count: known.count + sighting.count });
  }
}
