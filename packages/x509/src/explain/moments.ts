const UNITS: readonly [name: string, milliseconds: number][] = [
  ['year', 31_536_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `2027-01-31 12:00:00Z`; years beyond what a Date can hold are never met in a certificate. Epoch milliseconds. */
export function utcTime(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').replace('.000Z', 'Z');
}

/** `89 days`: the time between two moments in its largest unit, rounded down. Below two years it stays in days. */
export function distance(from: number, to: number): string {
  const between = Math.abs(to - from);
  const [name, size] =
    UNITS.find(([unit, length]) => between >= (unit === 'year' ? 2 * length : length)) ?? UNITS.at(-1)!;
  const count = Math.floor(between / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
