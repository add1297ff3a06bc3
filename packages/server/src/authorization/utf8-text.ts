import { isAscii } from 'node:buffer';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of these octets; undefined where they are no UTF-8. */
export function utf8Text(octets: Buffer): string | undefined {
  // Nearly all is ASCII, and a TextDecoder costs several times as much.
  if (isAscii(octets)) return octets.toString('latin1');
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}
