import type { TestContext } from 'node:test';
import type { JsonObject } from '../../events/index.ts';
import type { IssueOptions } from '../issue.ts';
import type { House } from './open-house.ts';
import { openHouse } from './open-house.ts';

export const billing: JsonObject = {
  client_id: 'billing',
  token_endpoint_auth_method: 'tls_client_auth',
  scope: 'payments:write',
};
export const billingUri = 'https://mortise.example/clients/billing';

/** A house with one resource and one client, `billing` unless another is given. */
export async function openShop(t: TestContext, metadata: JsonObject = billing): Promise<House> {
  const house = await openHouse(t);
  await house.resource('https://payments.example', ['payments:write']);
  await house.client(metadata);
  return house;
}

export const forBilling = {
  profile: 'client',
  clientId: 'billing',
  actor: 'cli',
} as const satisfies IssueOptions;
