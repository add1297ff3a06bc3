import { constants } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { applyLimits, type ListenerLimits, serverOptions } from './listener-limits.ts';
import type { LiveConnections } from './live-connections.ts';
import type { PresentedCertificates } from './presented-certificate.ts';

/** The server's own certificate: leaf, then intermediates, as PEM; the key as PEM (PKCS#8). */
export interface ServerCertificate {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
}

export interface ClientCertificateHandling {
  readonly certificates: PresentedCertificates;
  readonly connections: LiveConnections;
}

const cipherSuites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * An HTTPS listener, TLS 1.2 and up, without a certificate yet: `useCertificate` gives it one, at any time.
 *
 * With `clientCertificates` it asks for a certificate and lets every one in: OpenSSL proves possession of the key, and its
 * verdict on the path is never read. `ca` is empty on purpose: no names are sent to the client (so that it offers any
 * certificate it has), and the 150 roots that come with Node are not loaded.
 * Renegotiation is off, so that a connection's certificate cannot change after it was read.
 */
export function createSecureListener(options: {
  readonly limits: ListenerLimits;
  readonly onRequest: RequestListener;
  readonly clientCertificates?: ClientCertificateHandling;
}): Server {
  const { limits, clientCertificates } = options;
  const server = createServer(
    {
      ...serverOptions(limits),
      minVersion: 'TLSv1.2',
      ciphers: cipherSuites,
      honorCipherOrder: true,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      handshakeTimeout: limits.handshakeTimeoutSeconds * 1000,
      ca: [],
      requestCert: clientCertificates !== undefined,
      rejectUnauthorized: false,
    },
    options.onRequest,
  );
  applyLimits(server, limits);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  if (clientCertificates !== undefined) {
    const { certificates, connections } = clientCertificates;
    server.on('secureConnection', (socket: TLSSocket) => {
      const presented = certificates.read(socket);
      if (presented !== undefined) connections.opened(socket, presented.x5t);
    });
  }
  return server;
}

/** From the next handshake on. Open connections go on; sessions of the former certificate are not resumed. */
export function useCertificate(server: Server, certificate: ServerCertificate): void {
  server.setSecureContext({
    cert: certificate.certificateChainPem,
    key: certificate.privateKeyPem,
    ca: [],
    minVersion: 'TLSv1.2',
    ciphers: cipherSuites,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
}
