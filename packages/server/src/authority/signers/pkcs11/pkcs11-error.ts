export type Pkcs11ErrorCode =
  /** No module is configured. */
  | 'module_missing'
  /** It cannot be loaded, or this platform cannot load any. */
  | 'module_unusable'
  /** No token, or more than one, has this label. It may come back. */
  | 'token_absent'
  /** No PIN is configured, or its file cannot be read. */
  | 'pin_missing'
  /** The token refused the PIN. It is not tried again, because each trial brings the token nearer to locking itself. */
  | 'pin_incorrect'
  | 'pin_locked'
  /** The token holds no such key, or more than one. */
  | 'key_absent'
  /** A kind of key, or a mechanism, that the token or this program cannot sign with. */
  | 'key_unsupported'
  /** The token signs with another key than the one in the certificate. */
  | 'key_mismatch'
  /** Not a PKCS #11 URI of a key, or one with what must not be in it. */
  | 'uri_invalid'
  /** The token answered with an error of its own, or its process ended twice in a row. */
  | 'token_failed'
  | 'timed_out';

/** Why a token did not do as asked. The message names functions and return values of PKCS #11, never a PIN or a key. */
export class Pkcs11Error extends Error {
  readonly code: Pkcs11ErrorCode;

  constructor(code: Pkcs11ErrorCode, message: string) {
    super(message);
    this.name = 'Pkcs11Error';
    this.code = code;
  }
}
