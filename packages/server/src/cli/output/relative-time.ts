/** From how many seconds on a unit is used, and its length. Days go up to two years, because certificates are renewed by the day. */
const units: readonly [name: string, from: number, seconds: number][] = [
  ['year', 63_072_000, 31_536_000],
  ['day', 86_400, 86_400],
  ['hour', 3600, 3600],
  ['minute', 60, 60],
  ['second', 1, 1],
];

/** `in 89 days`, `3 hours ago`, `now`. Times are epoch milliseconds; undefined is `never`. */
export function relativeTime(at: number | undefined, now: number): string {
  if (at === undefined) return 'never';
  const seconds = Math.round(Math.abs(at - now) / 1000);
  const unit = units.find(([, from]) => seconds >= from);
  if (unit === undefined) return 'now';
  const [name, , size] = unit;
  const count = Math.floor(seconds / size);
  const text = `${count} ${name}${count === 1 ? '' : 's'}`;
  return at > now ? `in ${text}` : `${text} ago`;
}
