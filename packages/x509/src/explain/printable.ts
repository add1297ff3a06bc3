/** Longest text of a certificate that is shown, in characters; the rest is counted. */
const MAX_SHOWN = 300;

/** Control characters, and what reorders or hides text: a name in a certificate must not steer whoever reads it. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text of a certificate on one line, harmless and bounded. */
export function printable(text: string): string {
  const shown =
    text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length - MAX_SHOWN} more)` : text;
  return shown.toWellFormed().replace(STEERING, '\uFFFD');
}
