export { AdmittedNetworks } from './admitted-networks.ts';
export { FetchError, type FetchErrorCode } from './fetch-error.ts';
export { Fetcher, type FetcherOptions } from './fetcher.ts';
export { guardedLookup, type Lookup } from './guarded-connector.ts';
export { NameResolver } from './name-resolver.ts';
export { probeTls, type TlsProbeAnswer, type TlsProbeTarget } from './tls-probe.ts';
