/** How many answers may be signed because of what requests ask for, so that nonces cannot take the processor. */
export class SigningBudget {
  readonly #perSecond: number;
  readonly #clock: () => number;
  #left: number;
  #at: number;

  /** `perSecond`: at most, and up to two seconds of it at once. */
  constructor(perSecond: number, clock: () => number) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = perSecond * 2;
    this.#at = clock();
  }

  /** Takes one signature from the budget; whether there was one. */
  take(): boolean {
    const now = this.#clock();
    const gained = (Math.max(0, now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond * 2, this.#left + gained);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
