import type { RefusalDetail } from './access.ts';
import type { ResourceServerError } from './errors.ts';

/** What happens inside, for the log. Nothing in it holds a token, a key or a secret, and `JSON.stringify` says all of it. */
export type ResourceServerEvent =
  | {
      readonly type: 'refused';
      readonly status: number;
      readonly method: string;
      /** The request target without its query. */
      readonly path: string;
      /** Of the connection's certificate. */
      readonly thumbprint: string | undefined;
      readonly refusal: RefusalDetail;
    }
  | { readonly type: 'keys_fetched'; readonly keys: number }
  | { readonly type: 'keys_fetch_failed'; readonly error: ResourceServerError }
  | {
      readonly type: 'feed_connected';
      readonly position: number;
      /** In force. */
      readonly entries: number;
      /** Of those: what this server does not have, because it lags behind one before or its database is an older state. */
      readonly kept: number;
    }
  | { readonly type: 'feed_disconnected'; readonly error: ResourceServerError; readonly retryInMs: number }
  /** The authorization server's roots have changed: `anchors` certificates are trusted from now on. */
  | { readonly type: 'trust_changed'; readonly anchors: number }
  | { readonly type: 'report_failed'; readonly error: ResourceServerError }
  | { readonly type: 'connections_closed'; readonly count: number };
