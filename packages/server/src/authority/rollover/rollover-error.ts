export type RolloverErrorCode =
  | 'rollover_unknown'
  /** The authority is being rolled over already. */
  | 'rollover_in_progress'
  /** This step is not the next one. */
  | 'step_out_of_order'
  /** Some have not reported a trust bundle with the new root, or certificates under the old one are in use: `names`. */
  | 'rollover_not_ready'
  /** A name that is waived stands in nobody's way: most likely it is misspelt. */
  | 'waiver_unknown'
  /** The authority has no root that signs; or its key is kept offline, and the way of the others was taken, or the other way round. */
  | 'root_unusable'
  /** A new root, or a cross-certificate, that was made offline and is not what was asked for. */
  | 'successor_invalid'
  /** The new root, which is kept offline, has not signed the intermediate that is to issue. */
  | 'intermediate_missing'
  /** A place is named for a key that is not made at this step. */
  | 'key_place_invalid'
  | 'report_invalid'
  /** Others changed the same thing. Trying again is right. */
  | 'contended';

/** Why a rollover did not go on. `names` are those that stand in the way, or those that were wrong. */
export class RolloverError extends Error {
  readonly code: RolloverErrorCode;
  readonly names: readonly string[];

  constructor(code: RolloverErrorCode, message: string, names: readonly string[] = []) {
    super(message);
    this.name = 'RolloverError';
    this.code = code;
    this.names = names;
  }
}
