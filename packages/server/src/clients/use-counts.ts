import type { CredentialUseCount } from './store.ts';

export type UseCount = { -readonly [Member in keyof CredentialUseCount]: CredentialUseCount[Member] };

type Named = Pick<CredentialUseCount, 'credentialId' | 'thumbprint' | 'scope'>;

/**
 * Counts by (credential, thumbprint, scope). A map within a map for each, because a joined key would have to be made and
 * hashed for every token, and the three texts are hashed already.
 */
export class UseCounts {
  readonly #byCredential = new Map<string, Map<string, Map<string, UseCount>>>();
  readonly #all: UseCount[] = [];

  get size(): number {
    return this.#all.length;
  }

  get({ credentialId, thumbprint, scope }: Named): UseCount | undefined {
    return this.#byCredential.get(credentialId)?.get(thumbprint)?.get(scope);
  }

  /** Adds one that is not there yet. */
  add(count: UseCount): void {
    let byThumbprint = this.#byCredential.get(count.credentialId);
    if (byThumbprint === undefined) {
      byThumbprint = new Map();
      this.#byCredential.set(count.credentialId, byThumbprint);
    }
    let byScope = byThumbprint.get(count.thumbprint);
    if (byScope === undefined) {
      byScope = new Map();
      byThumbprint.set(count.thumbprint, byScope);
    }
    byScope.set(count.scope, count);
    this.#all.push(count);
  }

  /** In the order in which they were added. */
  all(): readonly UseCount[] {
    return this.#all;
  }
}
