import type { Agent } from 'undici';
import { discover, type ServerMetadata } from './discovery.ts';

export interface MetadataInUseOptions {
  readonly issuer: string;
  readonly clock: () => number;
  /** Ends a request under way. */
  readonly signal: AbortSignal;
}

const lifetimeMs = 3_600_000;

/** The metadata of an issuer: fetched when first asked for, and anew after an hour or a failure. One request is in flight at a time. */
export class MetadataInUse {
  readonly #options: MetadataInUseOptions;
  #known: { readonly value: Promise<ServerMetadata>; readonly until: number } | undefined;

  constructor(options: MetadataInUseOptions) {
    this.#options = options;
  }

  /** Rejects as `discover` does. */
  get(agent: Agent): Promise<ServerMetadata> {
    const { issuer, clock, signal } = this.#options;
    const now = clock();
    if (this.#known !== undefined && now < this.#known.until) return this.#known.value;
    const value = discover(issuer, agent, signal);
    const known = { value, until: now + lifetimeMs };
    this.#known = known;
    value.catch(() => {
      if (this.#known === known) this.#known = undefined;
    });
    return value;
  }
}
