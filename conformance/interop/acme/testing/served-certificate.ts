import { connect } from 'node:tls';
import { Certificate } from '@mortise/x509';
import type { Daemon } from './start-daemon.ts';

export interface Served {
  readonly port: number;
  /** The name that is asked for, and that the certificate has to be for. */
  readonly host: string;
  /** PEM of the root that it has to come from; undefined for a certificate of a client, which is valid for no server. */
  readonly ca: string | undefined;
  /** Fingerprint of the certificate that is no longer to be shown. */
  readonly former?: string | undefined;
}

const patienceMs = 60_000;

/** The certificate that a daemon shows once it shows a valid one; rejects if the daemon ends, or shows none in a minute. */
export async function servedCertificate(daemon: Daemon, served: Served): Promise<Certificate> {
  const { port, host, ca, former } = served;
  for (const end = Date.now() + patienceMs; !daemon.ended() && Date.now() < end; ) {
    const shown = await handshake(port, host, ca);
    if (shown !== undefined && shown.fingerprint256 !== former) return shown;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  throw new Error(`no such certificate is served:\n${daemon.said()}`);
}

function handshake(
  port: number,
  servername: string,
  ca: string | undefined,
): Promise<Certificate | undefined> {
  return new Promise((resolve) => {
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
    const socket = connect({ host: '127.0.0.1', port, servername, ...trust }, () => {
      resolve(Certificate.parse(socket.getPeerCertificate().raw));
      socket.end();
    });
    socket.on('error', () => resolve(undefined));
  });
}
