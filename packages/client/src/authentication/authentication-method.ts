/** A token request on its way; a method adds what proves the client. */
export interface TokenRequestDraft {
  readonly headers: Record<string, string>;
  readonly form: URLSearchParams;
}

export interface AuthenticationContext {
  readonly clientId: string;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Adds the proof to a request. */
export type Authenticate = (draft: TokenRequestDraft, context: AuthenticationContext) => void | Promise<void>;

/** One way of client authentication, by its name in the OAuth registry (`token_endpoint_auth_method`). */
export interface AuthenticationMethod<Options extends { readonly method: string }> {
  readonly name: Options['method'];
  /** Whether the proof is the certificate of the connection. */
  readonly needsCertificate: boolean;
  /** Throws `configuration_invalid` where the options cannot prove anything. */
  create(options: Options): Authenticate;
}
