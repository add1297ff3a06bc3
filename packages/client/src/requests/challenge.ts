const token = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const equals = /[ \t]*=[ \t]*/y;
const quotedString = /"((?:[^"\\]|\\.)*)"/y;

/**
 * The `error` of the `Bearer` challenge in `WWW-Authenticate` (RFC 6750 §3, RFC 9110 §11.6.1), or undefined. Challenges of other schemes in
 * the same header are passed over. Reads each character once, up to the first that fits nowhere.
 */
export function bearerError(header: string | null | undefined): string | undefined {
  const text = header ?? '';
  let scheme = '';
  let at = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    if (' \t,'.includes(text[at]!)) {
      at += 1;
      continue;
    }
    const name = read(token)?.[0].toLowerCase();
    if (name === undefined) return undefined;
    if (read(equals) === null) {
      scheme = name;
      continue;
    }
    const quoted = read(quotedString)?.[1];
    const value = quoted === undefined ? read(token)?.[0] : quoted.replaceAll(/\\(.)/g, '$1');
    if (value === undefined) return undefined;
    if (scheme === 'bearer' && name === 'error') return value;
  }
  return undefined;
}
