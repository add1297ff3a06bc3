import type { SigningAlgorithm, SigningKeyRecord } from './signing-key-record.ts';

/** When keys change. */
export interface Rotation {
  /** A key signs for this long. Default 30 days. */
  readonly everySeconds: number;
  /** It is published for this long before. Default 1 day, the longest that caches commonly keep a JWKS. */
  readonly leadSeconds: number;
}

export const defaultRotation: Rotation = { everySeconds: 30 * 86_400, leadSeconds: 86_400 };

/** Clocks differ, and a node may have signed a last token before it heard of the new key. */
export const keyMarginSeconds = 600;

/** Whether a key belongs in the JWKS. */
export function isPublished(key: SigningKeyRecord): boolean {
  return key.retiredAt === undefined && key.revokedAt === undefined;
}

/** Whether `a` takes over from `b`: it activates later (of two at once, the one with the greater `kid`). */
function isLater(a: SigningKeyRecord, b: SigningKeyRecord): boolean {
  return a.activatesAt === b.activatesAt ? a.kid > b.kid : a.activatesAt > b.activatesAt;
}

function latest(keys: readonly SigningKeyRecord[]): SigningKeyRecord | undefined {
  return keys.reduce<SigningKeyRecord | undefined>(
    (found, key) => (found === undefined || isLater(key, found) ? key : found),
    undefined,
  );
}

/** The key of an algorithm that activates last, whatever became of it. */
export function newestKey(
  keys: readonly SigningKeyRecord[],
  algorithm: SigningAlgorithm,
): SigningKeyRecord | undefined {
  return latest(keys.filter((key) => key.algorithm === algorithm));
}

/** The key of an algorithm that signs at `now`. */
export function currentKey(
  keys: readonly SigningKeyRecord[],
  algorithm: SigningAlgorithm,
  now: number,
): SigningKeyRecord | undefined {
  return latest(
    keys.filter((key) => key.algorithm === algorithm && isPublished(key) && key.activatesAt <= now),
  );
}

/** The published keys of an algorithm that do not sign yet, the next one first. */
export function waitingKeys(
  keys: readonly SigningKeyRecord[],
  algorithm: SigningAlgorithm,
  now: number,
): SigningKeyRecord[] {
  return keys
    .filter((key) => key.algorithm === algorithm && isPublished(key) && key.activatesAt > now)
    .sort((a, b) => (isLater(a, b) ? 1 : -1));
}

/**
 * When a successor that is due at `now` should start to sign; undefined where none is due, because one waits already
 * or the current key has time left. A schedule that was missed still gives the full lead.
 */
export function successorActivatesAt(
  keys: readonly SigningKeyRecord[],
  algorithm: SigningAlgorithm,
  rotation: Rotation,
  now: number,
): number | undefined {
  const current = currentKey(keys, algorithm, now);
  if (current === undefined || waitingKeys(keys, algorithm, now).length > 0) return undefined;
  const planned = current.activatesAt + rotation.everySeconds * 1000;
  const lead = rotation.leadSeconds * 1000;
  return now < planned - lead ? undefined : Math.max(planned, now + lead);
}

/** The published keys of which every token has expired at `now`: superseded for longer than a token can live. */
export function retirableKeys(
  keys: readonly SigningKeyRecord[],
  maximumTokenLifetimeSeconds: number,
  now: number,
): SigningKeyRecord[] {
  const after = (maximumTokenLifetimeSeconds + keyMarginSeconds) * 1000;
  const published = keys.filter(isPublished);
  return published.filter((key) =>
    published.some(
      (successor) =>
        successor.algorithm === key.algorithm &&
        isLater(successor, key) &&
        successor.activatesAt + after <= now,
    ),
  );
}
