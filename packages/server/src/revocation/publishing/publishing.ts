import type { Feed } from '../../events/index.ts';
import type { PublishingAuthorities } from './authorities.ts';
import { CrlPublisher } from './crl/crl-publisher.ts';
import { OcspResponder } from './ocsp/ocsp-responder.ts';
import { RevocationNews } from './revocation-news.ts';
import type { CrlStore, OcspStore } from './store.ts';

export interface PublishingOptions {
  readonly store: CrlStore & OcspStore;
  readonly authorities: PublishingAuthorities;
  readonly feed: Feed;
  /** The outer URL of the listener `pki`. */
  readonly pkiUrl: string;
  readonly clock: () => number;
  /** Whether this process knows too little of late to sign anything. */
  readonly isStale: () => boolean;
  readonly onError: (error: unknown) => void;
  /** See OcspResponderOptions. */
  readonly liveSignaturesPerSecond?: number;
}

/** What relying parties are told of revocation: CRLs (RFC 5280) and OCSP (RFC 6960). */
export class Publishing {
  readonly crls: CrlPublisher;
  readonly ocsp: OcspResponder;
  readonly #news: RevocationNews;

  constructor(options: PublishingOptions) {
    this.#news = new RevocationNews(options);
    this.crls = new CrlPublisher({
      ...options,
      news: this.#news,
      baseUrl: options.pkiUrl.replace(/\/$/, ''),
    });
    this.ocsp = new OcspResponder(options);
  }

  close(): void {
    this.crls.close();
    this.ocsp.close();
    this.#news.close();
  }
}
