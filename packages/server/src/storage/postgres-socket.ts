import { Socket } from 'node:net';

/**
 * Sends what is written in one turn of the event loop in one piece. A statement is several messages, and statements that do not wait for
 * each other come together: for each piece the kernel is entered, and the server's process woken. TLS has its own way past `write`.
 */
export class GatheringSocket extends Socket {
  #gathers = false;

  override write(chunk: Uint8Array | string, ...rest: never[]): boolean {
    if (!this.#gathers) {
      this.#gathers = true;
      this.cork();
      process.nextTick(() => {
        this.#gathers = false;
        this.uncork();
      });
    }
    return super.write(chunk, ...rest);
  }
}
