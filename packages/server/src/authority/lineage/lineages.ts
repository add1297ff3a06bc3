import { type Lineage, lineages } from './lineage.ts';
import type { LineageStore } from './store.ts';

/** How many of a client's latest certificates are looked at. */
const perClient = 50;

/** Which client is on its old, which on its new certificate. Reads alone: the token path writes nothing for it. */
export class Lineages {
  readonly #store: LineageStore;
  readonly #clock: () => number;

  constructor(options: { readonly store: LineageStore; readonly clock: () => number }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Those of these clients, in the order of the ids; at most a page of clients. */
  async of(clientIds: readonly string[]): Promise<Lineage[]> {
    if (clientIds.length === 0) return [];
    const at = this.#clock();
    const found = lineages(await this.#store.entriesOf({ clientIds, at, perClient }), at);
    return clientIds.flatMap((id) => found.filter(({ clientId }) => clientId === id));
  }
}
