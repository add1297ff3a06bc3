import { performance } from 'node:perf_hooks';
import type { ResourceServerEvent } from './events.ts';
import { discoveredKeys } from './keys/discover-keys.ts';
import type { KeySource } from './keys/key-source.ts';
import { LocalKeys } from './keys/local-keys.ts';
import { RemoteKeys } from './keys/remote-keys.ts';
import { describeResource } from './metadata.ts';
import { checkOptions, type ResourceServerOptions } from './options.ts';
import { ResourceServer } from './resource-server.ts';
import {
  followedRevocation,
  noRevocation,
  type Revocation,
  revocationInProcess,
} from './revocation/revocation.ts';
import { followedAnchors } from './transport/followed-anchors.ts';
import { TrustedConnections, type TrustedConnectionsOptions } from './transport/trusted-connections.ts';

/** Keys are read again in the background after this, and on an unknown `kid` after the cool-down. */
const keysRefreshAfterMs = 300_000;
const keysCooldownMs = 30_000;

interface Surroundings {
  readonly log: (event: ResourceServerEvent) => void;
  readonly clock: () => number;
  readonly monotonicClock: () => number;
  /** Closed with the resource server. */
  readonly transports: TrustedConnections[];
}

/**
 * Makes the resource server of one resource, and begins to fetch keys and to follow the feed. It is usable at once: requests that come
 * before the keys wait for them; requests that come before the first denylist get what `whenStale` says.
 *
 * Throws `ResourceServerError` with code `configuration_invalid`.
 */
export function createResourceServer(options: ResourceServerOptions): ResourceServer {
  checkOptions(options);
  const around: Surroundings = {
    log: options.log ?? (() => undefined),
    clock: options.clock ?? Date.now,
    monotonicClock: options.monotonicClock ?? (() => performance.now()),
    transports: [],
  };
  const keys = chooseKeys(options, around);
  void keys.refresh();
  const revocation = chooseRevocation(options, around);
  revocation.denylist?.subscribe((added) => {
    for (const { kind, id } of added) if (kind === 'key') keys.revoked(id);
  });
  return new ResourceServer({
    options,
    keys,
    revocation,
    metadata: describeResource(
      options.resource,
      options.issuer,
      options.requiredBinding !== undefined,
      options.description,
    ),
    log: around.log,
    clock: around.clock,
    async closeTransport() {
      await Promise.all(around.transports.map((transport) => transport.close()));
    },
  });
}

function chooseKeys(options: ResourceServerOptions, around: Surroundings): KeySource {
  if (options.jwks !== undefined) return new LocalKeys(options.jwks, around.clock);
  const fetch = options.fetch ?? connect({ anchors: options.anchors }, around).fetch;
  return new RemoteKeys({
    fetchKeys: discoveredKeys(options.issuer, fetch),
    issuer: options.issuer,
    refreshAfterMs: keysRefreshAfterMs,
    cooldownMs: keysCooldownMs,
    log: around.log,
    monotonicClock: around.monotonicClock,
  });
}

function chooseRevocation(options: ResourceServerOptions, around: Surroundings): Revocation {
  const { revocation, anchors } = options;
  if (revocation === 'none') return noRevocation;
  if ('denylist' in revocation) return revocationInProcess(revocation, around.log);
  const { key, certificate } = revocation;
  return followedRevocation({
    options: revocation,
    resource: options.resource,
    transport: connect({ anchors, key, certificate }, around),
    trust: (roots, retired) => takeUpRoots(options, around, roots, retired),
    clockToleranceMs: (options.clockToleranceSeconds ?? 5) * 1000,
    ...around,
  });
}

/** From now on every connection to the authorization server is validated against its roots of now. */
function takeUpRoots(
  { anchors }: ResourceServerOptions,
  { transports, log }: Surroundings,
  roots: readonly string[],
  retired: readonly string[],
): readonly string[] | undefined {
  const trusted = followedAnchors(anchors, roots, retired);
  if (trusted === undefined) return undefined;
  const changed = transports.filter((transport) => transport.replaceAnchors(trusted.map(({ pem }) => pem)));
  if (changed.length > 0) log({ type: 'trust_changed', anchors: trusted.length });
  return trusted.map(({ sha256 }) => sha256);
}

function connect(options: TrustedConnectionsOptions, { transports }: Surroundings): TrustedConnections {
  const transport = new TrustedConnections(options);
  transports.push(transport);
  return transport;
}
