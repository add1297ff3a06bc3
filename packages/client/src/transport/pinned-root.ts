import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { ClientError } from '../errors.ts';
import { rootInBundle } from './root-in-bundle.ts';

const timeoutMs = 10_000;
const maxChainLength = 10;

/**
 * DER of the certificate with this fingerprint in the chain that `origin` presents, else among the roots that it names: while a root
 * is being replaced, its chain leads to one of two. The connection it is read from is not trusted: nothing
 * is sent over it, and it ends at once. Trust comes from the fingerprint, and every later connection is validated against this root.
 *
 * Throws `anchor_not_presented` and `server_unreachable`.
 */
export async function fetchPinnedRoot(origin: string, fingerprint256: string): Promise<Buffer> {
  for (const certificate of await presentedChain(new URL(origin))) {
    if (hash('sha256', certificate, 'hex') === fingerprint256) return certificate;
  }
  const named = await rootInBundle(origin, fingerprint256);
  if (named !== undefined) return named;
  throw new ClientError(
    'anchor_not_presented',
    `${origin} presents no certificate with the fingerprint ${fingerprint256}; give the CA certificate itself if the server sends no root`,
  );
}

function presentedChain({ hostname, port }: URL): Promise<Buffer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket: TLSSocket = connect({
    host,
    port: port === '' ? 443 : Number(port),
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: false,
  });
  const fail = (cause: unknown): void => {
    socket.destroy();
    reject(new ClientError('server_unreachable', `no TLS connection to ${host}`, { cause }));
  };
  socket.setTimeout(timeoutMs, () => fail(new Error('timed out')));
  socket.once('error', fail);
  socket.once('secureConnect', () => {
    resolve(chainOf(socket.getPeerCertificate(true)));
    socket.destroy();
  });
  return promise;
}

/** A root names itself as its issuer, so that the walk could go on for ever. */
function chainOf(leaf: DetailedPeerCertificate): Buffer[] {
  const chain: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = leaf;
  while (certificate?.raw !== undefined && chain.length < maxChainLength) {
    chain.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    certificate = issuer === certificate ? undefined : issuer;
  }
  return chain;
}
