import { parseIp } from '@mortise/x509';
import { BoundedCache } from './bounded-cache.ts';

export interface FailureLimit {
  /** How many failures a window may hold before they are answered with 429. */
  readonly failures: number;
  readonly windowSeconds: number;
}

export interface FailureLimitsOptions {
  /** Default 100 failures in 60 seconds. An IPv6 address counts by its /64. */
  readonly perAddress?: FailureLimit;
  /** Default 20 failures in 60 seconds. */
  readonly perClientAndAddress?: FailureLimit;
  /** Most addresses, and most pairs, that are remembered; default 20,000 each. */
  readonly capacity?: number;
}

interface Window {
  count: number;
  readonly endsAt: number;
}

export interface LimitReached {
  readonly retryAfterSeconds: number;
  /** Whether this is the first answer of its window that the limit changed: later ones are not worth a line in the log. */
  readonly first: boolean;
}

/**
 * Counts failed client authentications by address and by client and address, in fixed windows, in bounded memory.
 * Only failures are counted and only failures are answered differently. A credential that is right always passes, so
 * that nobody can lock a client out, not even from behind the same address; 256-bit secrets leave nothing to guess.
 */
export class FailureLimits {
  readonly #perAddress: FailureLimit;
  readonly #perPair: FailureLimit;
  readonly #addresses: BoundedCache<string, Window>;
  readonly #pairs: BoundedCache<string, Window>;

  constructor(options: FailureLimitsOptions = {}) {
    this.#perAddress = options.perAddress ?? { failures: 100, windowSeconds: 60 };
    this.#perPair = options.perClientAndAddress ?? { failures: 20, windowSeconds: 60 };
    this.#addresses = new BoundedCache(options.capacity ?? 20_000);
    this.#pairs = new BoundedCache(options.capacity ?? 20_000);
  }

  /** Counts one failure; says so if it is over a limit. `clientId` may be a client that does not exist. */
  failed(remoteAddress: string, clientId: string | undefined, now: number): LimitReached | undefined {
    const address = networkOf(remoteAddress);
    const byAddress = count(this.#addresses, address, this.#perAddress, now);
    const byPair =
      clientId === undefined
        ? undefined
        : count(this.#pairs, `${address} ${clientId.slice(0, 128)}`, this.#perPair, now);
    if (byAddress === undefined || byPair === undefined) return byAddress ?? byPair;
    return {
      retryAfterSeconds: Math.max(byAddress.retryAfterSeconds, byPair.retryAfterSeconds),
      first: byAddress.first || byPair.first,
    };
  }
}

function count(
  windows: BoundedCache<string, Window>,
  key: string,
  limit: FailureLimit,
  now: number,
): LimitReached | undefined {
  let window = windows.get(key);
  if (window === undefined || window.endsAt <= now) {
    window = { count: 0, endsAt: now + limit.windowSeconds * 1000 };
    windows.set(key, window);
  }
  window.count += 1;
  if (window.count <= limit.failures) return undefined;
  return {
    retryAfterSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1000)),
    first: window.count === limit.failures + 1,
  };
}

/** What an address counts by: IPv4 (also mapped into IPv6) whole, IPv6 by its first 64 bits. */
function networkOf(remoteAddress: string): string {
  const zone = remoteAddress.indexOf('%');
  const octets = parseIp(zone === -1 ? remoteAddress : remoteAddress.slice(0, zone));
  if (octets === undefined) return remoteAddress;
  if (octets.length === 4) return octets.toString('hex');
  const mapped = octets.readBigUInt64BE(0) === 0n && octets.readUInt32BE(8) === 0xffff;
  return octets.toString('hex', mapped ? 12 : 0, mapped ? 16 : 8);
}
