import type { LiveConnections } from '../http/index.ts';
import type { ServerOptions } from '../server.ts';
import type { Storage } from '../storage/index.ts';
import type { DataDirectory } from './data-directory.ts';
import type { OuterNames } from './outer-names.ts';

/** What every part stands on: open before any of them, closed after all of them. */
export interface Ground extends ServerOptions {
  readonly data: DataDirectory;
  readonly storage: Storage;
  readonly names: OuterNames;
  /** Those of clients with certificates. */
  readonly connections: LiveConnections;
  /** Told of what failed in the background. */
  readonly onError: (error: unknown) => void;
}
