/** Alerts by which a server refuses a certificate (RFC 8446 §6.2): no request has been read then. */
const refusing =
  /^ERR_SSL_\w*ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)$/;
const ended = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** RFC 9110 §9.2.2. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Whether a call found no answer because its certificate may have been refused, and may be made again: the server said so before it
 * read anything; or it closed the connection without a word, and the method may be repeated.
 */
export function isRefusedConnection(error: unknown, method: string | undefined): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (refusing.test(code)) return true;
    if (ended.has(code) && idempotent.has((method ?? 'GET').toUpperCase())) return true;
  }
  return false;
}
