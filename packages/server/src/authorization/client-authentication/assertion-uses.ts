import type { Client } from '../../clients/index.ts';
import { Refused, refuse } from '../refusal.ts';
import type { ReplayGuardStore } from '../store.ts';
import type { Assertion } from './assertion.ts';
import { checkClaims } from './assertion-claims.ts';

export interface AssertionAudiences {
  readonly issuer: string;
  /** The token endpoint's URLs, on both listeners: for clients marked legacy alone. */
  readonly tokenEndpoints: readonly string[];
}

/** Judges the claims of an assertion whose signature is right, and lets it be used once, on every node. */
export class AssertionUses {
  readonly #store: Pick<ReplayGuardStore, 'consume'>;
  readonly #audiences: readonly string[];
  readonly #legacyAudiences: readonly string[];

  constructor(store: Pick<ReplayGuardStore, 'consume'>, audiences: AssertionAudiences) {
    this.#store = store;
    this.#audiences = [audiences.issuer];
    this.#legacyAudiences = [...new Set([audiences.issuer, ...audiences.tokenEndpoints])];
  }

  /** Resolves with nothing where the assertion may be used: its use is durable then. */
  async consume(assertion: Assertion, client: Client, now: number): Promise<Refused | undefined> {
    const { clientId } = client;
    const accepted = checkClaims(assertion.claims, {
      clientId,
      audiences: client.legacyAssertionAudience ? this.#legacyAudiences : this.#audiences,
      now,
    });
    if (accepted instanceof Refused) return accepted;
    const { tokenId, expiresAt } = accepted;
    const first = await this.#store.consume({ clientId, jti: tokenId, expiresAt });
    return first ? undefined : refuse({ code: 'assertion_replayed', tokenId }, clientId);
  }
}
