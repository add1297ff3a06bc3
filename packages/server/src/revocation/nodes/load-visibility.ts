import type { ResourceStore } from '../../clients/index.ts';
import type { EntryLifetimes } from '../entry-lifetimes.ts';
import type { RevocationStore } from '../store.ts';
import { ClientVisibility } from './client-visibility.ts';
import { formerGrantsSince } from './former-grants.ts';

const pageSize = 500;

/**
 * Reads which resources may meet the things of the clients on the denylist: by what they may ask for, and by what
 * any client lost so lately that tokens of then may live.
 */
export async function loadVisibility(sources: {
  readonly store: Pick<RevocationStore, 'grantsOfDenied' | 'eventsSince'>;
  readonly resources: Pick<ResourceStore, 'list'>;
  readonly lifetimes: EntryLifetimes;
  readonly clock: () => number;
}): Promise<ClientVisibility> {
  const { store, resources, lifetimes, clock } = sources;
  const now = clock();
  const visibility = new ClientVisibility((at) => lifetimes.tokensSignedBy(at));
  for (let after: string | undefined; ; ) {
    const page = await resources.list({ ...(after === undefined ? {} : { after }), limit: pageSize });
    for (const resource of page) visibility.setResource(resource, now);
    if (page.length < pageSize) break;
    after = page.at(-1)?.identifier;
  }
  for (const grants of await store.grantsOfDenied()) visibility.setGrants(grants, now);
  const oldestLivingToken = now - (lifetimes.tokensSignedBy(now) - now);
  for await (const { grants, at } of formerGrantsSince(store, oldestLivingToken)) {
    visibility.addFormerGrants(grants, at);
  }
  return visibility;
}
