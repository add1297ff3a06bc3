import type {
  AcmeRequest,
  AcmeResponse,
  AcmeServer,
  AcmeServerOptions,
  EnrolmentKey,
  EnrolmentKeyOptions,
  ValidationNetwork,
} from '../acme/index.ts';
import type { Config } from '../config/index.ts';

const answerLimitBytes = 8192;
const redirectsLimit = 10;

/** ACME as the rest of the server knows it. */
export interface Enrolment {
  handle(request: AcmeRequest): Promise<AcmeResponse>;
  /** A MAC key with which a client's ACME client makes its account, once. `too_many`: the client took enough of them itself. */
  addKey(options: EnrolmentKeyOptions): Promise<EnrolmentKey | 'too_many'>;
  /** What this process did: refused requests by error, validations under way or waiting. */
  counts(): { readonly refusals: ReadonlyMap<string, number>; readonly validations: number };
  /** Takes up validations that nobody is at. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** Loaded by the first request: many servers never issue by ACME. */
export function lazyAcme(
  config: Config,
  options: Omit<AcmeServerOptions, 'network' | 'validation' | 'externalAccountRequired'>,
): Enrolment {
  const refusals = new Map<string, number>();
  let running: AcmeServer | undefined;
  let loading: Promise<{ server: AcmeServer; close(): Promise<void> }> | undefined;
  const load = async () => {
    const acme = await import('../acme/index.ts');
    const { network, close } = await validationNetwork(config, acme.NetworkFailure);
    const server = new acme.AcmeServer({
      ...options,
      network,
      onRefusal: (type) => refusals.set(type, (refusals.get(type) ?? 0) + 1),
      externalAccountRequired: config.acmeExternalAccountRequired,
      validation: {
        ports: { http: config.acmeHttpPort, tls: config.acmeTlsPort },
        retryDelaysMs: [config.acmeRetryDelayMs, 4 * config.acmeRetryDelayMs],
      },
    });
    running = server;
    return {
      server,
      close: async () => {
        await server.close();
        await close();
      },
    };
  };
  const loaded = async (): Promise<AcmeServer> => {
    loading ??= load();
    return (await loading).server;
  };
  return {
    handle: async (request) => (await loaded()).handle(request),
    addKey: async (asked) => {
      const server = await loaded();
      try {
        const made = await server.addExternalAccountKey(asked);
        return { directory: server.directoryUrl(asked.profile), ...made };
      } catch (error) {
        if ((error as { type?: unknown }).type === 'rateLimited') return 'too_many';
        throw error;
      }
    },
    counts: () => ({ refusals, validations: running?.validations ?? 0 }),
    sweep: async () => {
      const due = await options.store.dueAuthorizations(options.clock(), 1);
      if (due.length > 0) await (await loaded()).sweep();
    },
    close: async () => (await loading)?.close(),
  };
}

/** The fetcher and its guards, for validation alone: other networks, plain HTTP, a resolver of its own. */
async function validationNetwork(
  config: Config,
  Failure: typeof import('../acme/index.ts').NetworkFailure,
): Promise<{ network: ValidationNetwork; close(): Promise<void> }> {
  const { AdmittedNetworks, FetchError, Fetcher, guardedLookup, NameResolver, probeTls } = await import(
    '../fetching/index.ts'
  );
  const { acmeNetworks: admittedNetworks = [], acmeTimeoutMs: timeoutMs } = config;
  const networks = new AdmittedNetworks(admittedNetworks);
  const resolver = new NameResolver({
    timeoutMs,
    ...(config.acmeNameServer === undefined ? {} : { nameServer: config.acmeNameServer }),
  });
  const fetcher = new Fetcher({
    admittedNetworks,
    admitHttp: true,
    timeoutMs,
    limitBytes: answerLimitBytes,
    redirectsLimit,
    lookup: resolver.lookup,
  });
  const lookup = guardedLookup(networks, resolver.lookup);
  const failure = (error: unknown): Error => {
    if (!(error instanceof FetchError)) return error as Error;
    switch (error.code) {
      case 'name_unresolved':
        return new Failure('dns', `${error.message}.`);
      case 'tls_failed':
        return new Failure('tls', `${error.message}.`);
      case 'status_unexpected':
        return new Failure('incorrectResponse', `${error.message}.`);
      case 'too_large':
      case 'encoding_unsupported':
      case 'json_invalid':
        return new Failure('incorrectResponse', `${error.message}.`, true);
      case 'connect_failed':
      case 'timeout':
        return new Failure('connection', `${error.message}.`);
      case 'url_invalid':
      case 'scheme_refused':
      case 'address_refused':
      case 'too_many_redirects':
      case 'redirect_invalid':
        return new Failure('connection', `${error.message}.`, true);
    }
  };
  const told = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      throw failure(error);
    }
  };
  return {
    network: {
      fetch: (url) => told(fetcher.fetch(url)),
      resolveTxt: (name) => told(resolver.txt(name)),
      presentedCertificate: (target) =>
        told(
          probeTls(target, {
            admits: (address) => networks.admits(address),
            lookup,
            timeoutMs,
          }),
        ),
    },
    close: () => fetcher.close(),
  };
}
