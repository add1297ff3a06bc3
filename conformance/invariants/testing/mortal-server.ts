/** A server that is killed at random moments of its work, and started again each time. */
import { randomInt } from 'node:crypto';
import type { House } from './house.ts';

export class MortalServer {
  readonly house: House;
  /** How often it was killed. */
  kills = 0;
  /** How many requests ended without an answer, by what they were for. */
  readonly unanswered = new Map<string, number>();
  readonly #answersBetween: readonly [least: number, most: number];
  #answersLeft = 0;
  #restarted: Promise<void> | undefined;
  #immortal = false;

  /** `answersBetween`: how many answers it gives from a start until it is killed. */
  constructor(house: House, answersBetween: readonly [least: number, most: number]) {
    this.house = house;
    this.#answersBetween = answersBetween;
    this.#answersLeft = randomInt(...answersBetween);
  }

  /**
   * One request as a client makes it that is sure to be answered in the end: after a kill it is sent again to the next
   * process, so `send` has to bear being done twice. Rejects as `send` does where nobody was killed.
   */
  async answer<Answer>(what: string, send: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      await this.#restarted;
      const process = this.house.pid;
      try {
        const answer = await send();
        this.#answered();
        return answer;
      } catch (error) {
        if (process === this.house.pid && this.#restarted === undefined) throw error;
        this.unanswered.set(what, (this.unanswered.get(what) ?? 0) + 1);
      }
    }
  }

  /** It is killed no more; resolves when it runs. */
  async survive(): Promise<void> {
    this.#immortal = true;
    await this.#restarted;
  }

  #answered(): void {
    this.#answersLeft -= 1;
    if (this.#answersLeft > 0 || this.#immortal || this.#restarted !== undefined) return;
    // Somewhere in the midst of what is under way, not just when an answer was given.
    this.#restarted = new Promise<void>((resolve) => setTimeout(resolve, randomInt(0, 12)))
      .then(() => this.house.kill('SIGKILL'))
      .then(() => this.house.restart())
      .then(() => {
        this.kills += 1;
        this.#answersLeft = randomInt(...this.#answersBetween);
        this.#restarted = undefined;
      });
  }
}
