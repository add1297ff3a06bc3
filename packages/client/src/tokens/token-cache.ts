import type { AccessToken, TokenTarget } from './token-request.ts';

export interface TokenCacheOptions {
  readonly request: (target: TokenTarget) => Promise<AccessToken>;
  readonly clock: () => number;
  /** From 0 up to 1; spreads renewals. */
  readonly random: () => number;
}

interface Held {
  readonly target: TokenTarget;
  readonly token: AccessToken;
  /** Epoch milliseconds from when a new token is asked for in the background. */
  renewAt: number;
  /** Epoch milliseconds from when this one is used no more. */
  readonly usableUntil: number;
}

/** A renewal is due at 80 to 90 percent of a token's life, at most two minutes before its end. */
const renewalShare = 0.1;
const longestRenewalMs = 60_000;
const retryRenewalAfterMs = 5_000;
const maxTargets = 1_000;

/**
 * Tokens by (resource, scope), one request in flight for each. A token is renewed in the background before it expires, so that nobody waits;
 * while that fails the old one is used to its end.
 */
export class TokenCache {
  readonly #options: TokenCacheOptions;
  readonly #held = new Map<string, Held>();
  readonly #flights = new Map<string, Promise<AccessToken>>();

  constructor(options: TokenCacheOptions) {
    this.#options = options;
  }

  async get(target: TokenTarget): Promise<AccessToken> {
    const key = keyOf(target);
    const held = this.#held.get(key);
    const now = this.#options.clock();
    if (held === undefined || now >= held.usableUntil) return this.#fly(key, target);
    if (now >= held.renewAt) this.#renew(key, held, now);
    return held.token;
  }

  /** Forgets a token that a resource did not accept; one that took its place stays. */
  discard(target: TokenTarget, accessToken: string): void {
    const key = keyOf(target);
    if (this.#held.get(key)?.token.accessToken === accessToken) this.#held.delete(key);
  }

  /** What tokens are held for, the latest first. */
  targets(): TokenTarget[] {
    return Array.from(this.#held.values(), ({ target }) => target).reverse();
  }

  #fly(key: string, target: TokenTarget): Promise<AccessToken> {
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      flight = this.#request(key, target).finally(() => this.#flights.delete(key));
      this.#flights.set(key, flight);
    }
    return flight;
  }

  #renew(key: string, held: Held, now: number): void {
    held.renewAt = now + retryRenewalAfterMs;
    // A failure is not the caller's: the token at hand is good, and the next try comes after a pause.
    void this.#fly(key, held.target).catch(() => undefined);
  }

  async #request(key: string, target: TokenTarget): Promise<AccessToken> {
    const { request, clock, random } = this.#options;
    const askedAt = clock();
    const token = await request(target);
    const share = Math.min(longestRenewalMs, (token.expiresAt - askedAt) * renewalShare);
    this.#held.delete(key);
    if (this.#held.size >= maxTargets) this.#held.delete(this.#held.keys().next().value!);
    this.#held.set(key, {
      target,
      token,
      renewAt: token.expiresAt - share * (1 + random()),
      usableUntil: token.expiresAt - share / 2,
    });
    return token;
  }
}

function keyOf({ resource, scope }: TokenTarget): string {
  return JSON.stringify([resource, scope]);
}
