import type { KeyObject } from 'node:crypto';

/** Work units of a validation unless told otherwise: as many as 64 signature checks on P-256. */
export const DEFAULT_WORK_UNITS = 64;

/** Units of a step from a certificate to a candidate for its issuer, without the signature check. */
export const STEP_UNITS = 1 / 50;

/** Units, for each certificate, of the checks of a path as a whole. */
export const PATH_UNITS = 1 / 20;

/** Units of comparing a key with an identifier by its hashes. */
export const HASH_UNITS = 1 / 50;

/** Units of finding out which P-256 keys can have made a signature. */
export const SIGNERS_UNITS = 4;

/** Units of comparing one name with one name constraint. */
export const COMPARISON_UNITS = 1 / 1000;

/** Units of one policy or mapping of a certificate. */
export const POLICY_UNITS = 1 / 40;

/** Longest RSA and DSA modulus whose signatures are checked, in bits. */
export const MAX_MODULUS_BITS = 8192;

/** Thrown inside a validation when its budget is used up; {@link validatePath} turns it into `budget_exhausted`. */
export class BudgetExhausted extends Error {}

/** What a validation may still spend. One unit is one signature check on P-256, some 70 µs on a server's core. */
export class WorkBudget {
  readonly limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  /** Takes units before the work that they stand for. Throws {@link BudgetExhausted} instead of going past the limit. */
  spend(units: number): void {
    if (this.#spent + units > this.limit) throw new BudgetExhausted('the work budget is used up');
    this.#spent += units;
  }
}

const CURVE_UNITS: Readonly<Record<string, number>> = {
  prime256v1: 1,
  secp256k1: 6,
  secp384r1: 5,
  secp521r1: 7,
};

const KEY_UNITS: Readonly<Record<string, number>> = {
  ed25519: 1.5,
  ed448: 5,
  'ml-dsa-44': 2,
  'ml-dsa-65': 3.5,
  'ml-dsa-87': 6,
};

/**
 * Units of one signature check with this key, from measured times beside P-256. P-384 and P-521, which OpenSSL does ten to thirty times
 * slower, count for less, so that a path of four certificates with a response about each is within the default. Unknown kinds cost most.
 */
export function signatureUnits(key: KeyObject): number {
  const type = key.asymmetricKeyType ?? '';
  if (type === 'ec') return CURVE_UNITS[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 20;
  if (type.startsWith('rsa')) {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? MAX_MODULUS_BITS;
    return 0.3 * Math.max(1, (bits / 2048) ** 2);
  }
  if (type === 'dsa') {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? MAX_MODULUS_BITS;
    return 5 * Math.max(1, (bits / 2048) ** 2);
  }
  return KEY_UNITS[type] ?? 20;
}
