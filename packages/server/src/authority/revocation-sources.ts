import { type CrlPartitionStore, CrlPartitions, firstPartition } from './crl-partitions.ts';
import { crlUrl, ocspUrl } from './revocation-urls.ts';

/** What certificates say about where their revocation is found. */
export class RevocationSources {
  readonly #partitions: CrlPartitions;
  readonly #baseUrl: string;

  /** `baseUrl`: the outer URL of the listener `pki`, without a slash at the end. */
  constructor(store: CrlPartitionStore, baseUrl: string) {
    this.#partitions = new CrlPartitions(store, baseUrl);
    this.#baseUrl = baseUrl;
  }

  /** For one more certificate of this authority: its CRL is fixed from now on. */
  async forCertificate(authorityId: string): Promise<{ crl: string; ocsp: string; partition: number }> {
    const { partition, url } = await this.#partitions.next(authorityId);
    return { crl: url, ocsp: ocspUrl(this.#baseUrl), partition };
  }

  /** For an authority that this one signs. */
  forAuthority(parentId: string): { crl: string; ocsp: string } {
    return { crl: crlUrl(this.#baseUrl, parentId, firstPartition), ocsp: ocspUrl(this.#baseUrl) };
  }
}
