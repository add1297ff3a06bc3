/** Columns padded to their widest cell, two spaces between; the header in capitals, as is usual for listings. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header.map((title) => title.toUpperCase()), ...rows.map((row) => row.map(oneLine))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `name  value` lines, values aligned; members without a value are left out. */
export function facts(pairs: readonly (readonly [string, string | undefined])[]): string {
  const shown = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  // A value of several lines stays in its column, where none of them looks like another fact.
  const indent = `\n${' '.repeat(width + 2)}`;
  return shown
    .map(([name, value]) => `${name.padEnd(width)}  ${printable(value).replaceAll('\n', indent)}`)
    .join('\n');
}

function oneLine(text: string): string {
  return printable(text).replaceAll('\n', ' ');
}

/** What others chose (names, subjects) must steer neither the terminal nor the direction of the text. Newlines stay. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
