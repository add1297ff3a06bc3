/** Text on its way into a token, cheaply: the same few strings are written into token after token. */

const mostQuoted = 20_000;
const longestQuoted = 256;
const quotedTexts = new Map<string, string>();

/** As a JSON string. What was quoted before is remembered, in bounded memory. */
export function quoted(text: string): string {
  if (text.length > longestQuoted) return JSON.stringify(text);
  let json = quotedTexts.get(text);
  if (json === undefined) {
    json = JSON.stringify(text);
    if (quotedTexts.size >= mostQuoted) quotedTexts.clear();
    quotedTexts.set(text, json);
  }
  return json;
}

/** As a JSON array of strings. */
export function quotedList(texts: readonly string[]): string {
  if (texts.length === 1) return `[${quoted(texts[0]!)}]`;
  return `[${texts.map(quoted).join(',')}]`;
}

const longest = 4_096;
const work = Buffer.allocUnsafeSlow(3 * longest);

/** The text's UTF-8 in base64url. */
export function encodedText(text: string): string {
  if (text.length > longest) return Buffer.from(text).toString('base64url');
  // A UTF-16 unit takes at most three octets.
  return work.toString('base64url', 0, work.write(text));
}
