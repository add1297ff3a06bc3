import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { connect, DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import { CommandFailure } from '../failure.ts';
import type { Host } from './subject-of-verification.ts';

/** What a server shows in its handshake. */
export interface ServedChain {
  /** The address that answered, with its port, as `192.0.2.1:443` or `[::1]:443`. */
  readonly address: string;
  /** Such as `TLSv1.3`; undefined where the handshake ended early. */
  readonly protocol: string | undefined;
  /** DER, in the order sent. Never empty. */
  readonly certificates: readonly Buffer[];
  /** DER of the stapled OCSP response. */
  readonly ocspResponse: Buffer | undefined;
  /** Why the handshake ended after the server had shown its certificates, as where it asks for a client's. */
  readonly ended: string | undefined;
}

export interface FetchOptions {
  /** For one address; connection and handshake. Default 5,000. */
  readonly attemptMs?: number;
  /** For finding the addresses of a name. Default 5,000. */
  readonly lookupMs?: number;
  /** Finds the addresses of a name, in the order to be tried. Default: the system's resolver. */
  readonly addressesOf?: (host: string) => Promise<readonly string[]>;
}

/** Addresses of one name that are tried, and certificates of one handshake that are read. */
const maximumAddresses = 8;
const maximumCertificates = 50;

/**
 * Asks a server for its certificates over TLS, the addresses of its name in their order until one answers. Nothing about them is judged here, so
 * that what is wrong can be told; old protocols and weak keys are looked at, too, because nothing is sent. Throws CommandFailure with
 * status 2.
 */
export async function fetchChain(
  { host, port }: Host,
  serverName: string | undefined,
  options: FetchOptions = {},
): Promise<ServedChain> {
  const addresses = isIP(host) === 0 ? await addressesOf(host, options) : [host];
  const problems = new Map<string, string[]>();
  for (const address of addresses.slice(0, maximumAddresses)) {
    const outcome = await shake(address, port, serverName, options.attemptMs ?? 5_000);
    if (typeof outcome !== 'string') return outcome;
    problems.set(outcome, [...(problems.get(outcome) ?? []), address]);
  }
  const told = [...problems].map(([problem, where]) => `${where.join(' and ')} ${problem}`).join('; ');
  throw new CommandFailure(2, 'server_unreachable', `no certificate from ${written(host, port)}: ${told}`);
}

async function addressesOf(host: string, options: FetchOptions): Promise<readonly string[]> {
  const { addressesOf: find = systemAddresses, lookupMs = 5_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('its name is not found in time')), lookupMs);
  });
  try {
    return await Promise.race([find(host), late]);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOTFOUND'
        ? 'there is no such name'
        : code === 'EAI_AGAIN'
          ? 'names cannot be looked up now'
          : message;
    throw new CommandFailure(2, 'name_not_found', `no certificate from ${host}: ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

async function systemAddresses(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}

/** One connection; a text says why nothing came of it, continuing a sentence that begins with the address. */
function shake(
  address: string,
  port: number,
  serverName: string | undefined,
  limitMs: number,
): Promise<ServedChain | string> {
  return new Promise((resolve) => {
    const socket = connect({
      host: address,
      port,
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: false,
      requestOCSP: true,
      minVersion: 'TLSv1',
      ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
    });
    let certificates: Buffer[] = [];
    let ocspResponse: Buffer | undefined;
    const finish = (problem: string | undefined): void => {
      clearTimeout(timer);
      const protocol = problem === undefined ? (socket.getProtocol() ?? undefined) : undefined;
      // Ended, where the handshake went well, so that no server logs a failure.
      if (problem === undefined) socket.destroySoon();
      else socket.destroy();
      if (certificates.length === 0) resolve(problem ?? 'shows no certificate');
      else resolve({ address: written(address, port), protocol, certificates, ocspResponse, ended: problem });
    };
    const timer = setTimeout(() => finish(`does not answer within ${limitMs / 1000} seconds`), limitMs);
    // Comes once the server has shown and proven its certificate, before it can refuse one of ours.
    socket.once('OCSPResponse', (response: Buffer | null) => {
      if (response !== null && response.length > 0) ocspResponse = response;
      certificates = shown(socket);
    });
    socket.once('secureConnect', () => {
      if (certificates.length === 0) certificates = shown(socket);
      finish(undefined);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => finish(problemOf(error)));
    socket.once('close', () => finish('closes the connection'));
  });
}

/** The peer's certificates in the order sent. To be asked once a connection: asking takes the first away from OpenSSL's list. */
function shown(socket: TLSSocket): Buffer[] {
  const certificates: Buffer[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && certificates.length < maximumCertificates) {
    certificates.push(next.raw);
    next = next.issuerCertificate;
  }
  return certificates;
}

const problems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'closes the connection',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached from here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS on this port',
  ERR_SSL_HTTP_REQUEST: 'does not speak TLS on this port',
};

function problemOf(error: NodeJS.ErrnoException): string {
  const { code = '' } = error;
  const known = problems[code];
  if (known !== undefined) return known;
  const alert = /_ALERT_([A-Z_]+)$/.exec(code)?.[1] ?? /ALERT_([A-Z_]+)/.exec(code)?.[1];
  if (alert !== undefined) return `ends the handshake (${alert.toLowerCase().replaceAll('_', ' ')})`;
  return code === '' ? 'ends the handshake' : `ends the handshake (${code})`;
}

function written(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
