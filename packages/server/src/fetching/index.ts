export { FetchError, type FetchErrorCode } from './fetch-error.ts';
export { Fetcher, type FetcherOptions } from './fetcher.ts';
export type { Lookup } from './guarded-connector.ts';
