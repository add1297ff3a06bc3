export type SigningKeyErrorCode =
  | 'key_unknown'
  | 'key_revoked'
  /** Its tokens have expired and its private key is gone: there is nothing left to revoke. */
  | 'key_retired'
  /** Other nodes kept changing the keys; nothing was changed. */
  | 'contention';

export class SigningKeyError extends Error {
  readonly code: SigningKeyErrorCode;

  constructor(code: SigningKeyErrorCode, message: string) {
    super(message);
    this.name = 'SigningKeyError';
    this.code = code;
  }
}
