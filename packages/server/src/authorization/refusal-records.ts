import { BoundedCache } from './bounded-cache.ts';
import type { RefusalReason } from './refusal.ts';
import type { ListenerName, OAuthEndpoint } from './request.ts';

/** One refusal with all that explains it. Holds no secret, key, token or assertion. */
export interface RefusalRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly endpoint: OAuthEndpoint;
  readonly listener: ListenerName;
  readonly remoteAddress: string;
  /** The client in whose name the request came; not necessarily the one that sent it. */
  readonly clientId: string | undefined;
  /** `x5t#S256` of the connection's certificate. */
  readonly certificate: string | undefined;
  readonly status: number;
  readonly reason: RefusalReason;
}

const recordsOfOneClient = 20;

/**
 * The latest refusals of this process for each client, newest first, for `explain`: at most 20 a client, for the
 * 1,000 clients refused most recently. Those in nobody's name are kept under `undefined`.
 */
export class RefusalRecords {
  readonly #byClient = new BoundedCache<string | undefined, RefusalRecord[]>(1_000);

  keep(record: RefusalRecord): void {
    const kept = this.#byClient.get(record.clientId) ?? [];
    kept.unshift(record);
    if (kept.length > recordsOfOneClient) kept.pop();
    this.#byClient.set(record.clientId, kept);
  }

  of(clientId: string | undefined): readonly RefusalRecord[] {
    return [...(this.#byClient.get(clientId) ?? [])];
  }
}
