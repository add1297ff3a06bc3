import { X509Error } from '../errors.ts';

/** Bounds the iterations of password hashing over a whole store, so that a hostile one cannot keep the reader busy for long. */
export class WorkBudget {
  #left: number;

  /** `iterations`: of one hash each, in all. */
  constructor(iterations: number) {
    this.#left = iterations;
  }

  /** Throws `key_store_unsupported` if the budget does not allow this much. */
  spend(iterations: number): void {
    if (iterations < 1 || iterations > this.#left) {
      throw new X509Error(
        'key_store_unsupported',
        'the store asks for too much password hashing',
        'keyStore',
      );
    }
    this.#left -= iterations;
  }
}
