import type { Credential } from '../files/credential.ts';

/** Takes a new certificate over, or rejects: then the former one stays in use and the new one is offered again. */
export type TakeOver = (credential: Credential) => Promise<void>;

/** Who has to take a new certificate over, and which one each has. */
export class Followers {
  readonly #held = new Map<object, { readonly takeOver: TakeOver; has: Credential | undefined }>();

  add(takeOver: TakeOver, has: Credential | undefined): () => void {
    const token = {};
    this.#held.set(token, { takeOver, has });
    return () => void this.#held.delete(token);
  }

  /** Who has the one has the other: its certificate is the same. */
  keep(former: Credential, same: Credential): void {
    for (const follower of this.#held.values()) if (follower.has === former) follower.has = same;
  }

  /** Offers it to all that do not have it; rejects with the first failure, after all were asked. */
  async offer(credential: Credential): Promise<void> {
    const failures: unknown[] = [];
    for (const follower of [...this.#held.values()]) {
      if (follower.has === credential) continue;
      try {
        await follower.takeOver(credential);
        follower.has = credential;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
