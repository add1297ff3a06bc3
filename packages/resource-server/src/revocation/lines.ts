import { ResourceServerError } from '../errors.ts';

/** A snapshot line holds at most 1,000 entries, each far below 4 KiB. */
const maxLineBytes = 4_194_304;

/** Splits a stream of bytes into lines of UTF-8 text, without empty ones. Throws `feed_invalid` on a line over 4 MiB. */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      pending.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(pending).toString('utf8').trim();
      pending = [];
      pendingBytes = 0;
      if (line !== '') yield line;
    }
    if (start === chunk.byteLength) continue;
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.byteLength - start;
    if (pendingBytes > maxLineBytes) {
      throw new ResourceServerError(
        'feed_invalid',
        `the revocation feed has a line of more than ${maxLineBytes} bytes`,
      );
    }
  }
}
