/** Whether a header came more than once; `name` in lower case. node:http keeps only the first of some in `headers`. */
export function isRepeated(name: string, rawHeaders: readonly string[]): boolean {
  let found = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index]!;
    if (raw.length === name.length && raw.toLowerCase() === name) found += 1;
  }
  return found > 1;
}
