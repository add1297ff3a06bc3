import { readFileSync } from 'node:fs';
import { Lineages } from '../authority/index.ts';
import { type Handler, withChainRead } from '../http/index.ts';
import type { Enrolment } from './acme.ts';
import { type AdministratorOutcome, ensureAdministrator } from './administrator.ts';
import type { Authorization } from './authorization.ts';
import type { Ground } from './ground.ts';
import type { Identities } from './identities.ts';
import { lazyAdmin, lazyEnrolmentAdministration } from './loaded-on-demand.ts';
import type { Nodes } from './nodes.ts';
import type { Trust } from './trust.ts';

export interface Administration {
  /** Answers `/admin/v1` of the listener `mtls`. */
  readonly api: Handler;
  /** Makes what is missing for administering, and renews what is due. */
  ensureAdministrator(): Promise<AdministratorOutcome>;
}

export function openAdministration(
  { config, data, storage, names, log, clock }: Ground,
  parts: {
    readonly identities: Identities;
    readonly trust: Trust;
    readonly nodes: Nodes;
    readonly authorization: Authorization;
    readonly enrolment: Enrolment;
  },
): Administration {
  const { clients, resources, authority, recalls, isRecalled } = parts.identities;
  const { rollovers, revocation, rootCrls, signingKeys } = parts.trust;
  const { authorizationServer, explainer } = parts.authorization;
  const api = lazyAdmin(config, log, {
    issuer: names.issuer,
    mtlsUrl: names.mtlsUrl,
    pkiUrl: names.pkiUrl,
    version: version(),
    clients,
    resources,
    authority,
    recalls,
    lineages: new Lineages({ store: storage.lineages, clock }),
    rollovers,
    revocation,
    rootCrls,
    signingKeys,
    enrolment: parts.enrolment,
    enrolmentAdministration: lazyEnrolmentAdministration({
      store: storage.acmeAdministration,
      records: storage.acme,
      issuer: names.issuer,
      clock,
    }),
    nodes: parts.nodes,
    feed: storage.feed,
    clock,
    refusals: (clientId) => authorizationServer.refusals(clientId),
    explainer,
  });
  const resource = `${names.mtlsUrl}/admin/v1`;
  return {
    api: withChainRead(api),
    ensureAdministrator: () =>
      ensureAdministrator({ clients, resources, authority, data, resource, isRecalled, clock }),
  };
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
