import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { AdmittedNetworks } from './admitted-networks.ts';
import { FetchError } from './fetch-error.ts';

/** Resolves a name to all its addresses. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

export interface GuardedConnectorOptions {
  readonly networks: AdmittedNetworks;
  readonly connectTimeoutMs: number;
  /** PEM certificates trusted instead of the system's. */
  readonly ca?: readonly string[] | undefined;
  /** Default: the system's resolver. */
  readonly lookup?: Lookup | undefined;
}

/**
 * Connects to admitted addresses only. Names are filtered as they are resolved, so that nothing else sees a packet; what decides is the
 * address of the connected socket, which no answer of a name server can change afterwards.
 */
export function guardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const { networks } = options;
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    lookup: guardedLookup(networks, options.lookup ?? (systemLookup as Lookup)),
    ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
  });
  return (target, callback) => {
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !networks.admits(literal)) {
      callback(refusedAddress(target.hostname), null);
      return;
    }
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (!isAdmitted(socket, networks)) {
        socket.destroy();
        return callback(refusedAddress(target.hostname), null);
      }
      return callback(null, socket);
    });
  };
}

function isAdmitted(socket: Socket, networks: AdmittedNetworks): boolean {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) return false;
  const zone = remoteAddress.indexOf('%');
  return networks.admits(zone === -1 ? remoteAddress : remoteAddress.slice(0, zone));
}

/** Resolves to admitted addresses alone; FetchError `address_refused` where there are none. */
export function guardedLookup(networks: AdmittedNetworks, lookup: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const admitted = addresses.filter(({ address }) => networks.admits(address));
      if (admitted.length === 0) return callback(refusedAddress(hostname), []);
      // net.connect asks for one address or for all, and takes each only in its own form.
      return options.all === true
        ? callback(null, admitted)
        : callback(null, admitted[0]!.address, admitted[0]!.family);
    });
  };
}

function refusedAddress(hostname: string): FetchError {
  return new FetchError('address_refused', `${hostname} is not at a public or configured address`);
}
