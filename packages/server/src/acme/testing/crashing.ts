/** Whether the process ends before what it was about to do, or right after it, with nobody told. */
export type CrashMode = 'before' | 'after';

/**
 * Counts the steps that a process takes outside of itself, and ends it at one of them: that step is taken or not, and no
 * other one ever is.
 */
export class Crashing {
  readonly #at: number;
  readonly #mode: CrashMode;
  #steps = 0;
  #crashed = false;

  constructor(at: number, mode: CrashMode) {
    this.#at = at;
    this.#mode = mode;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** The same object, whose methods are steps. */
  watch<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...input: unknown[]) => this.#step(() => Reflect.apply(member, target, input) as unknown);
      },
    });
  }

  async #step(take: () => unknown): Promise<unknown> {
    if (this.#crashed) throw new Error('this process is dead');
    this.#steps += 1;
    if (this.#steps !== this.#at) return take();
    if (this.#mode === 'before') {
      this.#crashed = true;
      throw new Error('the process dies');
    }
    const done = take();
    this.#crashed = true;
    await done;
    throw new Error('the process dies');
  }
}
