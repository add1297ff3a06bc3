export type StartErrorCode =
  /** The data directory cannot be made or written. */
  | 'data_unwritable'
  /** Outer names differ from those stored at the first start. */
  | 'names_differ'
  /** Something in the data directory is not what `serve` wrote. */
  | 'data_invalid';

/** Why the server could not start; one line for a person. */
export class StartError extends Error {
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string) {
    super(message);
    this.name = 'StartError';
    this.code = code;
  }
}
