/** Epoch milliseconds. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface RenewalWindow {
  readonly start: number;
  readonly end: number;
}

/** No authority backdates by more than about this. */
const longestBackdatingMs = 3_600_000;

/** Where no server says: from two thirds of its life, over a twelfth of it. */
const share = { start: 2 / 3, width: 1 / 12 };
/** Whatever a server says, this much of its life is left for failures. */
const reserve = 1 / 12;
/** A certificate with less of its life than this is about to end: renewal has been failing for a while. */
const ending = 1 / 10;

/**
 * The life that is reckoned with: authorities backdate, and of a brief certificate two thirds would be over when it is obtained. So it
 * begins when it was obtained, but no later than an hour after its start: clocks differ, and files are copied.
 */
export function lifeOf({ notBefore, notAfter }: Validity, obtainedAt: number | undefined): Validity {
  const begins = Math.min(Math.max(notBefore, obtainedAt ?? notBefore), notBefore + longestBackdatingMs);
  return { notBefore: begins < notAfter ? begins : notBefore, notAfter };
}

/**
 * When a certificate is to be renewed: at a moment of the window that the server suggests (RFC 9773 §4.2), else after two thirds
 * of its life. `random`, from 0 up to 1, is drawn once for a certificate, so that asking again does not draw it nearer.
 */
export function renewalTime(validity: Validity, window: RenewalWindow | undefined, random: number): number {
  const lifeMs = validity.notAfter - validity.notBefore;
  const { start, end } = window ?? {
    start: validity.notBefore + lifeMs * share.start,
    end: validity.notBefore + lifeMs * (share.start + share.width),
  };
  return Math.min(start + (end - start) * random, validity.notAfter - lifeMs * reserve);
}

/** Whether it has ended, is about to end, or is good. */
export function lifeStage({ notBefore, notAfter }: Validity, now: number): 'valid' | 'ending' | 'ended' {
  if (now >= notAfter) return 'ended';
  return now >= notAfter - (notAfter - notBefore) * ending ? 'ending' : 'valid';
}
