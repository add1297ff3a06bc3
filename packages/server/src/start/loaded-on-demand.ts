import { readFileSync } from 'node:fs';
import { createResourceServer } from '@mortise/resource-server';
import type { EnrolmentAdministration, EnrolmentAdministrationOptions } from '../acme/index.ts';
import type { AdminContext } from '../admin/index.ts';
import type { DocumentFetcher } from '../authorization/index.ts';
import type { Config } from '../config/index.ts';
import type { Handler } from '../http/index.ts';
import { signingAlgorithms } from '../tokens/index.ts';
import { adminResourceScopes } from './administrator.ts';
import type { Log } from './log.ts';
import { basePath } from './routes.ts';

/** Loaded by the first URL that has to be fetched: most servers never fetch one. */
export function lazyFetcher(config: Config): DocumentFetcher & { close(): Promise<void> } {
  let loading: Promise<DocumentFetcher & { close(): Promise<void> }> | undefined;
  const load = async () => {
    const { Fetcher } = await import('../fetching/index.ts');
    return new Fetcher({
      ...(config.fetchNetworks === undefined ? {} : { admittedNetworks: config.fetchNetworks }),
      ...(config.fetchCaFile === undefined ? {} : { ca: [readFileSync(config.fetchCaFile, 'utf8')] }),
    });
  };
  return {
    fetchJson: async (url) => {
      loading ??= load();
      return (await loading).fetchJson(url);
    },
    close: async () => (await loading)?.close(),
  };
}

/** What administrators do about ACME accounts: loaded with ACME, by the first who asks. */
export function lazyEnrolmentAdministration(
  options: EnrolmentAdministrationOptions,
): () => Promise<EnrolmentAdministration> {
  const load = async () => new (await import('../acme/index.ts')).EnrolmentAdministration(options);
  let loading: ReturnType<typeof load> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

/** The admin API comes with a framework, loaded by its first request. */
export function lazyAdmin(config: Config, log: Log, context: AdminContext): Handler {
  const load = async () => {
    const { createAdminApi } = await import('../admin/index.ts');
    const { issuer, mtlsUrl, revocation, signingKeys, clock } = context;
    const resourceServer = createResourceServer({
      issuer,
      resource: `${mtlsUrl}/admin/v1`,
      // Whichever the operator chooses for it: with any less, that choice would lock everyone out.
      algorithms: signingAlgorithms,
      jwks: () => signingKeys.jwks(),
      requiredBinding: 'x5t#S256',
      description: { scopesSupported: adminResourceScopes, name: 'Mortise administration' },
      revocation: { denylist: revocation.denylist, isStale: () => revocation.isStale() },
      log: (event) => {
        if (event.type === 'refused') log.info(event, 'a request of the admin API was refused');
      },
      clock,
    });
    return createAdminApi({
      context,
      resourceServer,
      basePath: basePath(mtlsUrl),
      bodyLimitBytes: Math.max(config.bodyLimitBytes, 262_144),
      log,
    });
  };
  let loading: ReturnType<typeof load> | undefined;
  return async ({ request, response }) => {
    loading ??= load();
    (await loading).handle(request, response);
  };
}
