/** Finds the ends of HTTP/1.1 answers in a stream of bytes: status and Content-Length, nothing more. */
export class ResponseReader {
  #pending: Buffer | undefined;
  readonly #onAnswer: (status: string, body: () => string) => void;

  constructor(onAnswer: (status: string, body: () => string) => void) {
    this.#onAnswer = onAnswer;
  }

  push(chunk: Buffer): void {
    let bytes = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = undefined;
    while (bytes.length > 0) {
      const headEnd = bytes.indexOf('\r\n\r\n');
      if (headEnd < 0) break;
      const head = bytes.toString('latin1', 0, headEnd);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head);
      if (length === null) throw new Error(`an answer without Content-Length: ${head}`);
      const end = headEnd + 4 + Number(length[1]);
      if (bytes.length < end) break;
      const answer = bytes;
      bytes = bytes.subarray(end);
      this.#onAnswer(head.slice(9, 12), () => answer.toString('utf8', headEnd + 4, end));
    }
    if (bytes.length > 0) this.#pending = bytes;
  }
}
