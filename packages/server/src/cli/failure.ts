/**
 * A command that ends without success: one line for a person, and the exit status. 1: the server refused, or something was
 * found. 2: wrong use, or it could not start.
 */
export class CommandFailure extends Error {
  readonly status: 1 | 2;
  /** The stable code of the refusal, for `--json`. */
  readonly code: string;

  constructor(status: 1 | 2, code: string, message: string) {
    super(message);
    this.name = 'CommandFailure';
    this.status = status;
    this.code = code;
  }
}

/** The command line itself is wrong. */
export function wrongUse(message: string): CommandFailure {
  return new CommandFailure(2, 'wrong_use', message);
}
