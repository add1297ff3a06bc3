import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Pkcs11Error } from './pkcs11-error.ts';
import type { TokenAnswer, TokenMessage, TokenRequest } from './protocol.ts';

export interface TokenClientOptions {
  /** Path of the module's shared library. */
  readonly module: string;
  /** The PIN of now. Throws Pkcs11Error `pin_missing`. */
  readonly pin: () => string;
  /** How long a request may take before the process is given up; the requests after it wait meanwhile. Default 30,000. */
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly resolve: (answer: TokenAnswer) => void;
  readonly reject: (error: Pkcs11Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A process with the module in it, and what waits for its answers. */
interface Running {
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
}

const program = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './token-process.ts' : './token-process.js', import.meta.url),
);

/** What the environment of the process must not hold: the module has no business with it. */
const withheld = /^(MORTISE_|PG|NODE_OPTIONS$)/;

/** Asks the module's process, which is started when it is first needed, and again after it ended. */
export class TokenClient {
  readonly #options: TokenClientOptions;
  #running: Running | undefined;
  #number = 0;
  #refusedPin: string | undefined;

  constructor(options: TokenClientOptions) {
    this.#options = options;
  }

  /** Process id of the module's process, if it runs. */
  get processId(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Asks once more where the process ended before it answered. Rejects with Pkcs11Error. */
  async ask(request: TokenRequest): Promise<Buffer> {
    let answer: TokenAnswer;
    try {
      answer = await this.#askOnce(request);
    } catch (error) {
      const ended = error instanceof Pkcs11Error && error.code === 'token_failed';
      // A key that was made although no answer came would be made twice.
      if (!ended || request.act === 'generate') throw error;
      answer = await this.#askOnce(request);
    }
    if (answer.error !== undefined) throw new Pkcs11Error(answer.error.code, answer.error.message);
    return Buffer.from(answer.value ?? []);
  }

  /** Ends the process, and resolves when it has ended; what waits for it is rejected. Another request starts it again. */
  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    const { child } = running;
    child.ref();
    const ended = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
    giveUp(running, new Pkcs11Error('token_failed', 'this server is stopping'));
    await ended;
  }

  async #askOnce(request: TokenRequest): Promise<TokenAnswer> {
    const pin = this.#options.pin();
    if (pin === this.#refusedPin) {
      throw new Pkcs11Error('pin_incorrect', 'the token refused this PIN before; it is not tried again');
    }
    const answer = await this.#send({ number: ++this.#number, module: this.#options.module, pin, request });
    if (answer.error?.code === 'pin_incorrect') this.#refusedPin = pin;
    return answer;
  }

  #send(message: TokenMessage): Promise<TokenAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<TokenAnswer>();
    this.#running ??= this.#start();
    const running = this.#running;
    const timer = setTimeout(() => {
      if (this.#running === running) this.#running = undefined;
      giveUp(running, new Pkcs11Error('timed_out', 'the token did not answer in time'));
    }, this.#options.timeoutMs ?? 30_000);
    running.waiting.set(message.number, { resolve, reject, timer });
    running.child.ref();
    running.child.channel?.ref();
    running.child.send(message, () => {
      // An error here means that the process has ended, which is told by its exit.
    });
    return promise;
  }

  #start(): Running {
    const environment = Object.entries(process.env).filter(([name]) => !withheld.test(name));
    const child = fork(program, [], {
      serialization: 'advanced',
      env: Object.fromEntries(environment),
      // Nothing of the module's own output reaches this server's log, where it could tell what it should not.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const running: Running = { child, waiting: new Map() };
    const ended = (): void => {
      if (this.#running === running) this.#running = undefined;
      giveUp(running, new Pkcs11Error('token_failed', "the module's process ended"));
    };
    child.on('message', (answer: TokenAnswer) => {
      const waiting = running.waiting.get(answer.number);
      running.waiting.delete(answer.number);
      clearTimeout(waiting?.timer);
      waiting?.resolve(answer);
      if (running.waiting.size === 0) rest(child);
    });
    child.on('exit', ended);
    child.on('error', ended);
    rest(child);
    return running;
  }
}

/** A process with nothing to do keeps nobody from ending. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function giveUp({ child, waiting }: Running, error: Pkcs11Error): void {
  child.kill('SIGKILL');
  for (const { reject, timer } of waiting.values()) {
    clearTimeout(timer);
    reject(error);
  }
  waiting.clear();
}
