import type { DenylistInProcess, WhenStale } from '../access.ts';
import { LiveConnections } from '../connection/live-connections.ts';
import type { ResourceServerEvent } from '../events.ts';
import type { FollowOptions } from '../options.ts';
import type { VerifiedToken } from '../tokens/token-verifier.ts';
import type { TrustedConnections } from '../transport/trusted-connections.ts';
import type { Denylist } from './denylist.ts';
import { Follower } from './follower.ts';
import { Reporter } from './reporter.ts';

/** How a resource server learns of revocation, and what it does about it. */
export interface Revocation {
  /** Undefined: revocation is switched off. */
  readonly denylist: Denylist | undefined;
  readonly whenStale: WhenStale;
  readonly isStale: () => boolean;
  readonly position: number;
  readonly stalenessMs: number;
  readonly connections: LiveConnections | undefined;
  /** Resolves when there is a list to decide by. */
  readonly ready: Promise<void>;
  /** A request was let through over a connection with this certificate. */
  used(thumbprint: string, token: VerifiedToken, now: number): void;
  close(): Promise<void>;
}

export const noRevocation: Revocation = {
  denylist: undefined,
  whenStale: 'fail-open',
  isStale: () => false,
  position: 0,
  stalenessMs: 0,
  connections: undefined,
  ready: Promise.resolve(),
  used: () => undefined,
  close: async () => undefined,
};

/** By a list that somebody else in this process keeps. */
export function revocationInProcess(
  source: DenylistInProcess,
  log: (event: ResourceServerEvent) => void,
): Revocation {
  const connections = new LiveConnections(source.denylist, log);
  return {
    ...noRevocation,
    denylist: source.denylist,
    whenStale: source.whenStale ?? 'fail-closed',
    isStale: source.isStale ?? noRevocation.isStale,
    connections,
    used: (thumbprint, token) => note(connections, thumbprint, token),
    close: async () => connections.close(),
  };
}

export interface FollowedRevocationParts {
  readonly options: FollowOptions;
  readonly resource: string;
  /** Present this node's certificate. */
  readonly transport: TrustedConnections;
  /** Takes up what the server says to trust; SHA-256 of all that is trusted then, undefined if it cannot be taken up. */
  readonly trust: (roots: readonly string[], retired: readonly string[]) => readonly string[] | undefined;
  readonly clockToleranceMs: number;
  readonly log: (event: ResourceServerEvent) => void;
  readonly clock: () => number;
  readonly monotonicClock: () => number;
}

/** An entry outlives the tokens it kills by this much, for clocks that differ between server and node. */
const clockDifferenceMs = 60_000;

/** By the feed of the authorization server. Connects at once. */
export function followedRevocation(parts: FollowedRevocationParts): Revocation {
  const { options, transport, log, clock, monotonicClock } = parts;
  const base = options.mtlsUrl.replace(/\/$/, '');
  const reporter = new Reporter({ url: `${base}/nodes/v1/reports`, connections: transport, log, clock });
  const follower = new Follower({
    url: `${base}/nodes/v1/feed?resource=${encodeURIComponent(parts.resource)}`,
    connections: transport,
    maxStalenessMs: (options.maxStalenessSeconds ?? 30) * 1000,
    keepExpiredMs: parts.clockToleranceMs + clockDifferenceMs,
    log,
    enforced: (position) => reporter.enforced(position),
    reached: (position) => reporter.reached(position),
    trust: (roots, retired) => {
      const anchors = parts.trust(roots, retired);
      if (anchors !== undefined) reporter.trusts(anchors);
    },
    clock,
    monotonicClock,
  });
  const connections = new LiveConnections(follower.denylist, log);
  return {
    denylist: follower.denylist,
    whenStale: options.whenStale ?? 'fail-closed',
    isStale: () => follower.isStale(),
    get position() {
      return follower.position;
    },
    get stalenessMs() {
      return follower.stalenessMs;
    },
    connections,
    ready: follower.ready,
    used(thumbprint, token, now) {
      note(connections, thumbprint, token);
      reporter.met(thumbprint, token.access.clientId, now);
    },
    async close() {
      await follower.close();
      await reporter.close();
      connections.close();
    },
  };
}

/** Only a bound token says whose certificate it is: a bearer token of another client may come over the same connection. */
function note(connections: LiveConnections, thumbprint: string, token: VerifiedToken): void {
  if (token.access.binding !== undefined) connections.note(thumbprint, token.facts);
}
