import type { PublicJwk } from '../clients/index.ts';
import type { AcmeContext, AcmeProfile } from './context.ts';
import type { AcmeAccount } from './records.ts';
import type { AcmeRequest } from './request.ts';
import type { AcmeUrls } from './urls.ts';

/** One request under one profile. */
export interface Call {
  readonly context: AcmeContext;
  readonly profile: AcmeProfile;
  readonly urls: AcmeUrls;
  /** What stands in the path for `{…}`, in order. */
  readonly params: readonly string[];
  readonly request: AcmeRequest;
  readonly now: number;
}

/** A request whose JWS is verified and whose nonce is used up. */
export interface SignedCall extends Call {
  /** Undefined: POST-as-GET (RFC 8555 §6.3). */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
  /** The URL that was signed and asked. */
  readonly url: string;
}

/** Signed by the key of a valid account. */
export interface AccountCall extends SignedCall {
  readonly account: AcmeAccount;
}

/** Signed by a key that the request brings. */
export interface KeyCall extends SignedCall {
  readonly key: PublicJwk;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON; absent: no body, unless `text` is there. */
  readonly document?: object;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Beside the one to the directory: relation and URL. */
  readonly links?: readonly (readonly [relation: string, url: string])[];
}

/** One resource: its path below the profile, who signs, what happens. */
export type Endpoint =
  | { readonly path: string; readonly signedBy: 'nobody'; readonly handle: (call: Call) => Promise<Reply> }
  | {
      readonly path: string;
      readonly signedBy: 'account';
      readonly handle: (call: AccountCall) => Promise<Reply>;
    }
  | { readonly path: string; readonly signedBy: 'key'; readonly handle: (call: KeyCall) => Promise<Reply> }
  | {
      readonly path: string;
      readonly signedBy: 'either';
      readonly handle: (call: AccountCall | KeyCall) => Promise<Reply>;
    };
