/** Nodes that are killed at random moments of their work, each by itself, and started again each time. */
import { randomInt } from 'node:crypto';
import type { House } from './house.ts';

class MortalNode {
  readonly house: House;
  restarting: Promise<void> | undefined;
  answersLeft: number;

  constructor(house: House, answersLeft: number) {
    this.house = house;
    this.answersLeft = answersLeft;
  }
}

export class MortalNodes {
  /** How often any was killed. */
  kills = 0;
  /** How many requests ended without an answer, by what they were for. */
  readonly unanswered = new Map<string, number>();
  readonly #nodes: readonly MortalNode[];
  readonly #answersBetween: readonly [least: number, most: number];
  #immortal = false;

  /** `answersBetween`: how many answers one gives from a start until it is killed. */
  constructor(houses: readonly House[], answersBetween: readonly [least: number, most: number]) {
    this.#answersBetween = answersBetween;
    this.#nodes = houses.map((house) => new MortalNode(house, randomInt(...answersBetween)));
  }

  get first(): House {
    return this.#nodes[0]!.house;
  }

  /**
   * One request as a client makes it that is sure to be answered in the end: after a kill it is sent again, to whichever node
   * lives, so `send` has to bear being done twice. Rejects as `send` does where nobody was killed.
   */
  async answer<Answer>(what: string, send: (house: House) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const node = await this.#living();
      const process = node.house.pid;
      try {
        const answer = await send(node.house);
        this.#answered(node);
        return answer;
      } catch (error) {
        if (process === node.house.pid && node.restarting === undefined) throw error;
        this.unanswered.set(what, (this.unanswered.get(what) ?? 0) + 1);
      }
    }
  }

  /** They are killed no more; resolves when all run. */
  async survive(): Promise<void> {
    this.#immortal = true;
    await Promise.all(this.#restarting());
  }

  #restarting(): Promise<void>[] {
    return this.#nodes.flatMap(({ restarting }) => restarting ?? []);
  }

  async #living(): Promise<MortalNode> {
    for (;;) {
      const living = this.#nodes.filter(({ restarting }) => restarting === undefined);
      if (living.length > 0) return living[randomInt(living.length)]!;
      await Promise.race(this.#restarting());
    }
  }

  #answered(node: MortalNode): void {
    node.answersLeft -= 1;
    if (node.answersLeft > 0 || this.#immortal || node.restarting !== undefined) return;
    // Somewhere in the midst of what is under way, not just when an answer was given.
    node.restarting = new Promise<void>((resolve) => setTimeout(resolve, randomInt(0, 12)))
      .then(() => node.house.kill('SIGKILL'))
      .then(() => node.house.restart())
      .then(() => {
        this.kills += 1;
        node.answersLeft = randomInt(...this.#answersBetween);
        node.restarting = undefined;
      });
  }
}
