const units: readonly [name: string, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** `in 29 days`, `3 hours ago`, `now`. Times are epoch milliseconds; undefined is `never`. */
export function relativeTime(at: number | undefined, now: number): string {
  if (at === undefined) return 'never';
  const seconds = Math.round(Math.abs(at - now) / 1000);
  const unit = units.find(([, size]) => seconds >= size);
  if (unit === undefined) return 'now';
  const count = Math.floor(seconds / unit[1]);
  const text = `${count} ${unit[0]}${count === 1 ? '' : 's'}`;
  return at > now ? `in ${text}` : `${text} ago`;
}
