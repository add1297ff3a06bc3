import { crlUrl } from './revocation-urls.ts';

/** How many certificates at most name one partition, so that no CRL ever lists more (about 200 kB), however many are revoked. */
export const partitionCapacity = 4096;

/** Authorities themselves, and certificates from before there were distribution points, are listed in this partition. */
export const firstPartition = 0;

const smallestShare = 16;
const largestShare = 1024;

/** Where it is kept which certificates name which CRL. */
export interface CrlPartitionStore {
  /**
   * Reserves room for up to `count` certificates in the newest partition of an authority; where that is full or is not
   * published under `baseUrl`, in another one, which it begins. Atomic on every node. Partitions are numbered from 1.
   */
  reserve(act: {
    readonly authorityId: string;
    readonly baseUrl: string;
    readonly count: number;
    readonly capacity: number;
  }): Promise<{ readonly partition: number; readonly count: number }>;
}

/** The CRL on which a certificate will be listed if it is revoked. */
export interface CrlPlace {
  readonly partition: number;
  readonly url: string;
}

interface Share {
  readonly partition: number;
  left: number;
}

/**
 * Gives each new certificate its partition, in the order of issuance: certificates that are issued together end together, and a partition
 * is empty once they have. A process reserves room for more and more certificates at once, so that issuing seldom waits for it.
 */
export class CrlPartitions {
  readonly #store: CrlPartitionStore;
  readonly #baseUrl: string;
  readonly #shares = new Map<string, Share>();
  readonly #reserving = new Map<string, Promise<void>>();
  #count = smallestShare;

  /** `baseUrl`: the outer URL of the listener `pki`, without a slash at the end. */
  constructor(store: CrlPartitionStore, baseUrl: string) {
    this.#store = store;
    this.#baseUrl = baseUrl;
  }

  async next(authorityId: string): Promise<CrlPlace> {
    for (;;) {
      const share = this.#shares.get(authorityId);
      if (share !== undefined && share.left > 0) {
        share.left -= 1;
        return { partition: share.partition, url: crlUrl(this.#baseUrl, authorityId, share.partition) };
      }
      let reserving = this.#reserving.get(authorityId);
      if (reserving === undefined) {
        reserving = this.#reserve(authorityId).finally(() => this.#reserving.delete(authorityId));
        this.#reserving.set(authorityId, reserving);
      }
      await reserving;
    }
  }

  async #reserve(authorityId: string): Promise<void> {
    const { partition, count } = await this.#store.reserve({
      authorityId,
      baseUrl: this.#baseUrl,
      count: this.#count,
      capacity: partitionCapacity,
    });
    this.#count = Math.min(this.#count * 2, largestShare);
    this.#shares.set(authorityId, { partition, left: count });
  }
}
