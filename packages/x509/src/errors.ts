/**
 * What went wrong, for programs: switch on this and never on the message. Codes are stable; a retired one is never reused.
 */
export type X509ErrorCode =
  | 'der_truncated'
  | 'der_not_canonical'
  | 'der_unexpected_tag'
  | 'der_too_deep'
  | 'der_too_large'
  | 'der_trailing_data'
  | 'der_value_invalid'
  | 'string_invalid'
  | 'time_invalid'
  | 'pem_invalid'
  | 'name_invalid'
  | 'certificate_invalid'
  | 'duplicate_extension'
  | 'extension_invalid'
  | 'request_invalid'
  | 'crl_invalid'
  | 'ocsp_invalid'
  | 'key_unsupported'
  | 'key_invalid'
  | 'algorithm_unsupported'
  | 'algorithm_invalid'
  | 'issue_invalid'
  | 'signing_failed'
  | 'header_invalid'
  | 'key_store_invalid'
  | 'key_store_unsupported'
  | 'key_store_password';

/**
 * The one error of this package for bad input.
 *
 * `where` is a dotted path to the field (`tbsCertificate.validity.notAfter`); `offset` is the byte offset of the offending
 * element in the DER that was given to the reader, where there is one. Neither holds key material or passwords.
 */
export class X509Error extends Error {
  readonly code: X509ErrorCode;
  readonly where: string;
  readonly offset: number | undefined;

  constructor(code: X509ErrorCode, message: string, where: string, offset?: number) {
    super(where === '' ? message : `${where}: ${message}`);
    this.name = 'X509Error';
    this.code = code;
    this.where = where;
    this.offset = offset;
  }
}
