import type { IncomingMessage } from 'node:http';

/** `too_large`: more than the limit. `broken`: the connection ended first. */
export type BodyFailure = 'too_large' | 'broken';

const empty = Buffer.alloc(0);

/**
 * Reads a body of at most `limitBytes`. A longer one is not read to its end: whoever answers has to close the
 * connection. Calls back exactly once; a callback because this is on the token path.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (failure: BodyFailure | undefined, body: Buffer) => void,
): void {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limitBytes) {
    done('too_large', empty);
    return;
  }
  let chunks: Buffer[] | undefined;
  let first: Buffer | undefined;
  let length = 0;
  let finished = false;
  const finish = (failure: BodyFailure | undefined, body: Buffer): void => {
    if (finished) return;
    finished = true;
    done(failure, body);
  };
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (finished) return;
    if (length > limitBytes) {
      request.pause();
      finish('too_large', empty);
    } else if (first === undefined) {
      first = chunk;
    } else {
      chunks ??= [first];
      chunks.push(chunk);
    }
  });
  request.on('end', () =>
    finish(undefined, chunks === undefined ? (first ?? empty) : Buffer.concat(chunks, length)),
  );
  // A connection that breaks closes too; without a listener for its error that is all that happens.
  request.on('close', () => finish('broken', empty));
}
