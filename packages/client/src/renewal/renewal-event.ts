import type { Credential } from '../files/credential.ts';

/** What happens to a certificate that is managed, for the program's log. Times are epoch milliseconds. */
export type RenewalEvent =
  /** There is a certificate where there was none. */
  | { readonly type: 'enrolled'; readonly credential: Credential }
  /** A new certificate is in use. */
  | { readonly type: 'renewed'; readonly credential: Credential; readonly former: Credential }
  /** The certificate is the same, and other roots are trusted. */
  | { readonly type: 'trust_changed'; readonly credential: Credential }
  /** When the next renewal is to be; `by` the server, or by the certificate's life. Told when that changes. */
  | {
      readonly type: 'scheduled';
      readonly at: number;
      readonly by: 'renewal_info' | 'lifetime';
      readonly explanationUrl?: string | undefined;
    }
  /** The server did not say when to renew; it is asked again at `retryAt`. */
  | { readonly type: 'renewal_info_failed'; readonly error: unknown; readonly retryAt: number }
  /** No new certificate; the one in use stays. */
  | {
      readonly type: 'renewal_failed';
      readonly error: unknown;
      readonly failures: number;
      readonly retryAt: number;
    }
  /** A follower did not take the new certificate over; the former stays in use with it. */
  | {
      readonly type: 'handover_failed';
      readonly error: unknown;
      readonly failures: number;
      readonly retryAt: number;
    };
