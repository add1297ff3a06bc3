import { facts } from '../output/table.ts';

/** A profile as the admin API shows it. */
export interface ProfileDocument {
  readonly name: string;
  readonly description: string;
  readonly names: string;
  readonly uri: string;
  readonly source: string;
  readonly key_types: readonly string[];
  readonly extended_key_usage: readonly string[];
  readonly default_lifetime_seconds: number;
  readonly minimum_lifetime_seconds: number;
  readonly maximum_lifetime_seconds: number;
  readonly acme: boolean;
  readonly acme_directory?: string;
  readonly [member: string]: unknown;
}

/** Everything that a profile says, a member a line. */
export function describeProfile(profile: ProfileDocument): string {
  return facts(
    Object.entries(profile)
      .filter(([member]) => member !== 'shipped')
      .map(([member, value]): [string, string] => [member, shown(member, value)]),
  );
}

/** `90 d`, `8 h`, `5 min` or `59 s`, in the largest unit that divides it. */
export function duration(seconds: number): string {
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size} ${unit}`;
  }
  return `${seconds} s`;
}

function shown(member: string, value: unknown): string {
  if (typeof value === 'number' && member.endsWith('_seconds')) return `${value} (${duration(value)})`;
  if (!Array.isArray(value)) return String(value);
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(' ');
}
