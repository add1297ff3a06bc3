import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ConnectionCertificate } from '../access.ts';

/** Reading a certificate costs 1 to 60 µs and a look-up here 0.03; a connection's certificate never changes (TLS 1.3 has no renegotiation). */
const known = new WeakMap<object, ConnectionCertificate | null>();

/**
 * The certificate that the peer of this socket proved possession of, on a full or a resumed handshake; undefined if it presented none, or
 * if the connection has no TLS. Whether OpenSSL `authorized` its chain does not count: a binding compares the certificate itself
 * (RFC 8705 §3, §6.2). Computed once a socket.
 */
export function connectionCertificate(socket: Socket | TLSSocket): ConnectionCertificate | undefined {
  const cached = known.get(socket);
  if (cached !== undefined) return cached ?? undefined;
  const certificate = readCertificate(socket);
  known.set(socket, certificate ?? null);
  return certificate;
}

/** The certificate of a request's connection, for HTTP/1.1 and HTTP/2 alike. */
export function requestCertificate(
  request: IncomingMessage | Http2ServerRequest,
): ConnectionCertificate | undefined {
  return connectionCertificate(requestSocket(request));
}

/** One object for all requests of a connection. (HTTP/2 gives each request another proxy for its socket, but one for the session.) */
export function requestSocket(request: IncomingMessage | Http2ServerRequest): Socket {
  const session = 'stream' in request ? request.stream?.session : undefined;
  return session?.socket ?? request.socket;
}

function readCertificate(socket: Socket | TLSSocket): ConnectionCertificate | undefined {
  if (!(socket instanceof TLSSocket) && !('getPeerX509Certificate' in socket)) return undefined;
  const certificate = (socket as TLSSocket).getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { validFrom, validTo } = certificate;
  // OpenSSL takes any text for a time. One that says nothing must not count as being valid for ever, and Node gives an arbitrary date for it, where the
  // text is `Bad time value`.
  const isReadable = ![validFrom, validTo].some((text) => Number.isNaN(Date.parse(text)));
  const [notBefore, notAfter] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  return {
    thumbprint: hash('sha256', certificate.raw, 'base64url'),
    ...(isReadable ? { notBefore, notAfter } : { notBefore: 0, notAfter: 0 }),
  };
}
