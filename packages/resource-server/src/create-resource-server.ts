import { performance } from 'node:perf_hooks';
import { type Agent, fetch as undiciFetch } from 'undici';
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
import type { FetchLike } from './transport/fetch-json.ts';
import { createTrustedAgent } from './transport/trusted-agent.ts';

/** Keys are read again in the background after this, and on an unknown `kid` after the cool-down. */
const keysRefreshAfterMs = 300_000;
const keysCooldownMs = 30_000;

interface Surroundings {
  readonly log: (event: ResourceServerEvent) => void;
  readonly clock: () => number;
  readonly monotonicClock: () => number;
  /** Every connection made; closed with the resource server. */
  readonly agents: Agent[];
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
    agents: [],
  };
  const keys = chooseKeys(options, around);
  void keys.refresh();
  return new ResourceServer({
    options,
    keys,
    revocation: chooseRevocation(options, around),
    metadata: describeResource(
      options.resource,
      options.issuer,
      options.requiredBinding !== undefined,
      options.description,
    ),
    log: around.log,
    clock: around.clock,
    async closeTransport() {
      await Promise.all(around.agents.map((agent) => agent.destroy()));
    },
  });
}

function chooseKeys(options: ResourceServerOptions, around: Surroundings): KeySource {
  if (options.jwks !== undefined) return new LocalKeys(options.jwks, around.clock);
  return new RemoteKeys({
    fetchKeys: discoveredKeys(options.issuer, options.fetch ?? trustedFetch(options, around)),
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
  const agent = createTrustedAgent({ anchors, key, certificate });
  around.agents.push(agent);
  return followedRevocation({
    options: revocation,
    resource: options.resource,
    agent,
    clockToleranceMs: (options.clockToleranceSeconds ?? 5) * 1000,
    ...around,
  });
}

function trustedFetch({ anchors }: ResourceServerOptions, around: Surroundings): FetchLike {
  const agent = createTrustedAgent({ anchors });
  around.agents.push(agent);
  return (url, init) => undiciFetch(url, { ...init, dispatcher: agent });
}
