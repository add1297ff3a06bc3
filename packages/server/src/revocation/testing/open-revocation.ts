import type { TestContext } from 'node:test';
import type { House } from '../../authority/testing/open-house.ts';
import { openHouse } from '../../authority/testing/open-house.ts';
import { SigningKeys } from '../../tokens/index.ts';
import { Revocation } from '../revocation.ts';
import { inOrder } from './in-order.ts';

export interface RevocationHouse extends House {
  readonly revocation: Revocation;
  readonly signingKeys: SigningKeys;
  /** The denylist as another process would read it now: in a comparable order. */
  readonly stored: () => Promise<string[]>;
  /** The denylist in memory, in the same order. */
  readonly inMemory: () => string[];
}

export const apiOne = 'https://one.example';
export const apiTwo = 'https://two.example';
/** The longest life of an access token in these tests. */
export const tokenLifetimeSeconds = 3600;
export const by = { actor: 'cli' } as const;

/**
 * A house with two resources, each with a resource server (`server-one`, `server-two`) and a client (`client-one`,
 * `client-two`), and with its revocation.
 */
export async function openRevocation(
  test: TestContext,
  options: { readonly url?: string } = {},
): Promise<RevocationHouse> {
  const house = await openHouse(test, options);
  await house.resource(apiOne, ['one:read']);
  await house.resource(apiTwo, ['two:read']);
  for (const which of ['one', 'two']) {
    const metadata = { token_endpoint_auth_method: 'tls_client_auth', scope: `${which}:read` };
    await house.client({ ...metadata, client_id: `client-${which}` });
    await house.client({ ...metadata, client_id: `server-${which}`, scope: '', resources: [] });
    await house.resources.update({
      identifier: which === 'one' ? apiOne : apiTwo,
      changes: { resource_servers: [`server-${which}`] },
      actor: 'cli',
    });
  }
  return withRevocation(test, house);
}

/** Another process over the same database. */
export async function withRevocation(test: TestContext, house: House): Promise<RevocationHouse> {
  const { storage, clock } = house;
  const signingKeys = await SigningKeys.open({
    store: storage.signingKeys,
    feed: storage.feed,
    sealer: storage.sealer,
    clock: clock.read,
    onError: () => {},
  });
  const revocation = await Revocation.open({
    store: storage.revocation,
    feed: storage.feed,
    clients: storage.clients,
    authorities: storage.authorities,
    signingKeys,
    clock: clock.read,
    maximumAccessTokenLifetimeSeconds: tokenLifetimeSeconds,
  });
  test.after(async () => {
    revocation.close();
    await signingKeys.close();
  });
  return {
    ...house,
    revocation,
    signingKeys,
    stored: async () => inOrder((await storage.revocation.denylist()).map(({ entry }) => entry)),
    inMemory: () => inOrder(revocation.denylist.snapshot()),
  };
}
