import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FetchError } from './fetch-error.ts';

export interface TlsProbeTarget {
  /** A DNS name, or an address. */
  readonly host: string;
  readonly port: number;
  /** SNI. */
  readonly serverName: string;
  /** The one ALPN protocol that is offered. */
  readonly protocol: string;
}

export interface TlsProbeAnswer {
  /** DER of the server's certificate; nobody has vouched for it. */
  readonly certificate: Buffer;
  /** What the server chose. */
  readonly protocol: string | undefined;
}

/**
 * Makes one TLS handshake and says nothing more. The address of the connected socket is judged before the first byte is
 * sent. Rejects with FetchError `address_refused`, `connect_failed`, `tls_failed` or `timeout`.
 */
export async function probeTls(
  target: TlsProbeTarget,
  guard: {
    readonly admits: (address: string) => boolean;
    readonly lookup: LookupFunction;
    readonly timeoutMs: number;
  },
): Promise<TlsProbeAnswer> {
  const { host, port, serverName, protocol } = target;
  if (isIP(host) !== 0 && !guard.admits(host)) {
    throw new FetchError('address_refused', `${host} is not at a public or configured address`);
  }
  const signal = AbortSignal.timeout(guard.timeoutMs);
  let socket: Socket | undefined;
  let connected = false;
  const { promise, resolve, reject } = Promise.withResolvers<TlsProbeAnswer>();
  const failed = (error: Error & { code?: string }): void => {
    if (error instanceof FetchError) reject(error);
    else
      reject(
        new FetchError(
          connected ? 'tls_failed' : 'connect_failed',
          `${host}:${port} ${connected ? 'made no handshake' : 'could not be connected to'} (${error.code ?? 'unknown'})`,
        ),
      );
  };
  const expired = (): void => reject(new FetchError('timeout', `${host}:${port} took too long`));
  signal.addEventListener('abort', expired, { once: true });
  try {
    socket = connectTcp({ host, port, lookup: guard.lookup, autoSelectFamily: true });
    const tcp = socket;
    tcp.once('error', failed);
    tcp.once('connect', () => {
      const address = tcp.remoteAddress?.replace(/%.*$/, '');
      if (address === undefined || !guard.admits(address)) {
        failed(new FetchError('address_refused', `${host} is not at a public or configured address`));
        return;
      }
      connected = true;
      const tls = connectTls({
        socket: tcp,
        servername: serverName,
        ALPNProtocols: [protocol],
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
      });
      tls.once('error', failed);
      tls.once('secureConnect', () => {
        const certificate = tls.getPeerX509Certificate()?.raw;
        if (certificate === undefined) failed(new Error('there is no certificate'));
        else resolve({ certificate, protocol: tls.alpnProtocol || undefined });
      });
    });
    return await promise;
  } finally {
    signal.removeEventListener('abort', expired);
    socket?.on('error', () => undefined);
    socket?.destroy();
  }
}
