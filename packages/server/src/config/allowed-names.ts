import { nearestName } from './nearest-name.ts';

const writtenLimit = 64;

/**
 * What to say of a name that is none of those allowed, after "is not a setting; ": the one that was most likely meant, and all of them.
 * `did you mean listen_public? Allowed are data, listen_public, …`, or `allowed are data, …` where none is near.
 * `prefix` is what all of them begin with and makes none of them near.
 */
export function whatIsAllowed(written: string, allowed: readonly string[], prefix = ''): string {
  const unprefixed = allowed.map((name) => name.slice(prefix.length));
  const near = nearestName(written.slice(prefix.length), unprefixed);
  const all = allowed.join(', ');
  return near === undefined ? `allowed are ${all}` : `did you mean ${prefix}${near}? Allowed are ${all}`;
}

/** A name as somebody wrote it, in quotes and on one line; of a long one its beginning. */
export function quotedName(written: string): string {
  return JSON.stringify(written.length > writtenLimit ? `${written.slice(0, writtenLimit)}…` : written);
}
