/**
 * Bounds on the lifetime of access tokens. A signing key stays published for the greatest of them after it has
 * signed its last token.
 */
export const accessTokenLifetimeBounds = { minimumSeconds: 10, maximumSeconds: 86_400 } as const;

/** What a lifetime has to be, for messages; undefined where it is in bounds. */
export function lifetimeRefusal(value: unknown): string | undefined {
  const { minimumSeconds, maximumSeconds } = accessTokenLifetimeBounds;
  const fits =
    Number.isSafeInteger(value) && (value as number) >= minimumSeconds && (value as number) <= maximumSeconds;
  return fits ? undefined : `is a whole number of seconds from ${minimumSeconds} to ${maximumSeconds}`;
}
