import { createRouter, type PresentedCertificates, RequestCounts } from '../http/index.ts';
import type { Enrolment } from './acme.ts';
import type { Administration } from './administration.ts';
import type { Authorization } from './authorization.ts';
import { counters, gauges } from './gauges.ts';
import type { Ground } from './ground.ts';
import type { Identities } from './identities.ts';
import type { Listeners } from './listeners.ts';
import type { Nodes } from './nodes.ts';
import type { OuterNames } from './outer-names.ts';
import { routeTable } from './routes.ts';
import type { Trust } from './trust.ts';

export interface AnsweringParts {
  readonly identities: Identities;
  readonly trust: Trust;
  readonly nodes: Nodes;
  readonly authorization: Authorization;
  readonly enrolment: Enrolment;
  readonly administration: Administration;
  readonly certificates: PresentedCertificates;
  /** Why nobody should be sent here now. */
  readonly notReady: () => string | undefined;
}

/** From now on the listeners answer, each with its part of the route table. */
export function startAnswering(
  { config, storage, names, connections, log, clock }: Ground,
  listeners: Listeners,
  parts: AnsweringParts,
): void {
  const { revocation, publishing, signingKeys } = parts.trust;
  const { authorizationServer, credentialUse } = parts.authorization;
  const { nodes, enrolment } = parts;
  const counts = new RequestCounts();
  const routes = routeTable({
    names,
    authorizationServer,
    signingKeys,
    authority: parts.identities.authority,
    publishing,
    nodes: nodes.endpoints,
    trust: nodes.trustEndpoints,
    clock,
    admin: parts.administration.api,
    enrolment,
    notReady: parts.notReady,
    counts,
    gauges: gauges({ revocation, nodeFeed: nodes.feed, credentialUse, enrolment }, connections),
    counters: counters({ enrolment, publishing, feed: storage.feed }),
    bodyLimitBytes: config.bodyLimitBytes,
  });
  listeners.answerWith((listener) =>
    createRouter({
      listener,
      routes,
      certificateOf: (socket) => parts.certificates.of(socket),
      counts,
      headers: strictTransport(names, listener),
      log,
    }),
  );
}

/** RFC 6797, but not for names of this machine alone: HSTS is for a host with all its ports. */
function strictTransport(names: OuterNames, listener: string): Record<string, string> {
  if (listener !== 'public' || new URL(names.issuer).hostname === 'localhost') return {};
  return { 'Strict-Transport-Security': 'max-age=31536000' };
}
