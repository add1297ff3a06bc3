import type { JwsAlgorithm } from '../tokens/algorithms.ts';
import type { VerificationKey } from './jwk-set.ts';

/** Where verification keys come from. */
export interface KeySource {
  /** Called on every request: begins to read the keys again, in the background, where they are old. */
  keepFresh(): void;
  /** The key at hand, without waiting. */
  find(keyId: string | undefined, algorithm: JwsAlgorithm): VerificationKey | undefined;
  /**
   * Called when `find` had no answer. Undefined: there is no use in waiting. Otherwise a promise after which `find` is to be asked again;
   * it never rejects.
   */
  refresh(): Promise<void> | undefined;
  /** A key was revoked: another signs in its place already, so that one of this id which is still at hand is asked about at once. */
  revoked(keyId: string): void;
  /** Whether there ever was a set of keys. */
  readonly available: boolean;
  close(): Promise<void>;
}
