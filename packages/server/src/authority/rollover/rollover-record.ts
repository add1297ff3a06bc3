/** The steps that may be refused, each with its own waivers. */
export const rolloverSteps = ['switch', 'retire'] as const;

export type RolloverStep = (typeof rolloverSteps)[number];

/** Somebody who was left behind on purpose, at one step. */
export interface Waiver {
  readonly step: RolloverStep;
  readonly name: string;
}

/** The replacement of an authority's root as stored. Times are epoch milliseconds. How far it is follows from the roots. */
export interface RolloverRecord {
  /** `roll_` and 12 random bytes in base64url. */
  readonly id: string;
  /** The authority. */
  readonly name: string;
  readonly oldRootId: string;
  readonly newRootId: string;
  /** DER: the new root's key, certified by the old root. Absent where the old root may not have two authorities under it. */
  readonly newByOld?: Buffer;
  /** DER: the old root's key, certified by the new root. */
  readonly oldByNew: Buffer;
  readonly waived: readonly Waiver[];
  readonly publishedAt: number;
  readonly switchedAt?: number;
  /** Raised by each change. Starts at 1. */
  readonly revision: number;
}

/** What a cross-certificate is recorded under; nobody else gets one. */
export const crossProfile = 'cross-certificate';
