import { Authority } from '../authority.ts';
import type { House } from './open-house.ts';

/** The authority of another start over a house's database; `options` in place of what the first start had. Whoever opens it closes it. */
export function openAgain(
  { storage, clients, clock }: Pick<House, 'storage' | 'clients' | 'clock'>,
  options: Partial<Parameters<typeof Authority.open>[0]> = {},
): Promise<Authority> {
  return Authority.open({
    store: storage.authorities,
    profileStore: storage.profiles,
    sealer: storage.sealer,
    feed: storage.feed,
    clients,
    clock: clock.read,
    names: { issuer: 'https://mortise.example', pkiUrl: 'http://pki.mortise.example:8080' },
    ...options,
  });
}
