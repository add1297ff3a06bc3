import { AuthorityError } from './authority-error.ts';
import type { ProfileDefinition } from './profiles/profile-definition.ts';

/** How far back a certificate's notBefore lies, because clocks differ. */
export const backdatingMs = 3_600_000;

/** What may be asked about the life of a certificate. */
export interface AskedPeriod {
  /** Default and bounds by profile; never beyond the end of the authority. */
  readonly lifetimeSeconds?: number;
  /** Epoch milliseconds, of whole seconds. Default: the present, a little backdated. */
  readonly notBefore?: number;
  /** Epoch milliseconds, of whole seconds; in place of `lifetimeSeconds`. Beyond the end of the authority it is refused. */
  readonly notAfter?: number;
}

/**
 * From when to when: within the bounds of the profile and the life of the authority and of those above it. Throws AuthorityError
 * `lifetime_out_of_bounds`.
 */
export function readValidity(
  profile: ProfileDefinition,
  authority: { readonly notBefore: number; readonly notAfter: number },
  asked: AskedPeriod,
  now: number,
): { notBefore: number; notAfter: number } {
  const { minimumLifetimeSeconds: minimum, maximumLifetimeSeconds: maximum } = profile;
  const start = asked.notBefore ?? now;
  const lifetimeSeconds =
    asked.notAfter === undefined
      ? (asked.lifetimeSeconds ?? profile.defaultLifetimeSeconds)
      : Math.floor((asked.notAfter - start) / 1000);
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < minimum || lifetimeSeconds > maximum) {
    throw new AuthorityError(
      'lifetime_out_of_bounds',
      `a ${profile.name} certificate lives ${minimum} to ${maximum} seconds`,
    );
  }
  const notBefore = asked.notBefore ?? Math.max(now - backdatingMs, authority.notBefore);
  const notAfter = asked.notAfter ?? start + lifetimeSeconds * 1000;
  const explicit = asked.notBefore !== undefined || asked.notAfter !== undefined;
  if (explicit && (notBefore < authority.notBefore || notAfter > authority.notAfter)) {
    throw new AuthorityError('lifetime_out_of_bounds', 'a certificate does not outlive its authority');
  }
  return { notBefore, notAfter: Math.min(notAfter, authority.notAfter) };
}
