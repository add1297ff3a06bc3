import { lookup as systemLookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { FetchError } from './fetch-error.ts';
import type { Lookup } from './guarded-connector.ts';

const noRecords = new Set(['ENODATA', 'ENOTFOUND']);

/** Asks the system, or one name server, which then answers for everything. */
export class NameResolver {
  readonly #resolver: Resolver;
  readonly lookup: Lookup;

  /** `nameServer`: address with an optional port, e.g. `127.0.0.1:8053`. */
  constructor(options: { readonly nameServer?: string; readonly timeoutMs: number }) {
    this.#resolver = new Resolver({ timeout: Math.ceil(options.timeoutMs / 2), tries: 2 });
    if (options.nameServer === undefined) {
      this.lookup = systemLookup as Lookup;
      return;
    }
    this.#resolver.setServers([options.nameServer]);
    this.lookup = (hostname, _options, callback) => {
      this.#addresses(hostname).then(
        (addresses) => callback(null, addresses),
        (error: Error) => callback(error, []),
      );
    };
  }

  /** The texts of the TXT records, the pieces of each joined. Rejects with FetchError `name_unresolved`. */
  async txt(name: string): Promise<string[]> {
    try {
      return (await this.#resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      if (noRecords.has(code)) return [];
      throw new FetchError('name_unresolved', `the records of ${name} could not be read (${code})`);
    }
  }

  async #addresses(hostname: string): Promise<{ address: string; family: number }[]> {
    const [v4, v6] = await Promise.allSettled([
      this.#resolver.resolve4(hostname),
      this.#resolver.resolve6(hostname),
    ]);
    const found = [
      ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
      ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
    ];
    if (found.length === 0) throw new FetchError('name_unresolved', `${hostname} has no address`);
    return found;
  }
}
