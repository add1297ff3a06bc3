import type { Writable } from 'node:stream';
import type { WriteLine } from './line-queue.ts';

/** Writes lines to a stream, e.g. an HTTP response, and waits for its `drain` when it is full. */
export function lineWriter(stream: Writable): WriteLine {
  return (line) => {
    if (stream.destroyed || stream.writableEnded) return false;
    if (stream.write(line)) return true;
    return new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        stream.off('drain', settle);
        stream.off('close', settle);
        if (stream.destroyed) reject(new Error('the reader is gone'));
        else resolve();
      };
      stream.on('drain', settle);
      stream.on('close', settle);
    });
  };
}
