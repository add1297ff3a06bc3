import type { AddressInfo, Server } from 'node:net';
import { type Address, formatAddress } from '../config/index.ts';

export type ListenErrorCode =
  | 'address_in_use'
  | 'address_unavailable'
  | 'permission_denied'
  | 'listen_failed';

/** A listener could not be bound; one line that says which and what to do. */
export class ListenError extends Error {
  readonly code: ListenErrorCode;

  constructor(code: ListenErrorCode, message: string) {
    super(message);
    this.name = 'ListenError';
    this.code = code;
  }
}

/** Binds, and resolves with the address bound (the real port for port 0). Throws ListenError. */
export function listen(server: Server, name: string, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, name, address));
    server.once('error', failed);
    server.listen(
      address.host === '' ? { port: address.port } : { host: address.host, port: address.port },
      () => {
        server.off('error', failed);
        const bound = server.address() as AddressInfo;
        resolve({ host: address.host === '' ? bound.address : address.host, port: bound.port });
      },
    );
  });
}

function listenError(error: NodeJS.ErrnoException, name: string, address: Address): ListenError {
  const where = `${name} listener: ${formatAddress(address)}`;
  const flag = `--listen-${name} HOST:PORT`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError(
        'address_in_use',
        `${where} is in use by another process; choose another with ${flag}`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ListenError(
        'address_unavailable',
        `${where} is not an address of this machine; set ${flag}`,
      );
    case 'EACCES':
      return new ListenError('permission_denied', `${where} may not be bound by this user; set ${flag}`);
    default:
      return new ListenError('listen_failed', `${where} cannot be bound (${error.code ?? error.message})`);
  }
}
