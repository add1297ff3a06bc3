export type ChallengeType = 'http-01' | 'dns-01' | 'tls-alpn-01';

/** What has to be shown for one identifier (RFC 8555 §8). */
export interface Challenge {
  readonly identifier: { readonly type: string; readonly value: string };
  readonly token: string;
  /** RFC 8555 §8.1; for `dns-01` its SHA-256 in base64url is what goes into the TXT record. */
  readonly keyAuthorization: string;
}

/**
 * How the program answers challenges of one type. Not needed under a profile for clients of Mortise, whose authorizations are
 * born valid.
 */
export interface ChallengeAnswers {
  readonly type: ChallengeType;
  /** Resolves when the answer can be seen. */
  add(challenge: Challenge): Promise<void>;
  /** Called after `add`, whatever became of it. */
  remove(challenge: Challenge): Promise<void>;
}
