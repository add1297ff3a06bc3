import type { Client } from './client.ts';
import { ClientError, invalidMember } from './client-error.ts';
import type { Resource } from './resource.ts';
import type { ResourceStore } from './store.ts';

/**
 * The resources that a registration names, or without any the ones that alone offer its scopes. Each resource and
 * each scope that `former` did not have yet must exist: a misspelt one is refused here, not at the first token.
 * Throws ClientError.
 */
export async function resolveResources(
  registration: { readonly scope: readonly string[]; readonly resources: readonly string[] | undefined },
  former: Client | undefined,
  store: Pick<ResourceStore, 'find' | 'byScope'>,
): Promise<readonly string[]> {
  const { scope, resources } = registration;
  if (resources === undefined) return inferResources(scope, store);
  const newScopes = scope.filter((one) => former?.scope.includes(one) !== true);
  const known: Resource[] = [];
  for (const identifier of resources) {
    const isNew = former?.resources.includes(identifier) !== true;
    if (!isNew && newScopes.length === 0) continue;
    const resource = await store.find(identifier);
    if (resource !== undefined) known.push(resource);
    else if (isNew)
      throw new ClientError('resource_unknown', `there is no resource ${identifier}`, 'resources');
  }
  const unoffered = newScopes.find((one) => !known.some((resource) => resource.scopes.includes(one)));
  if (unoffered !== undefined)
    throw invalidMember('scope', `${unoffered} is offered by none of the client's resources`);
  return resources;
}

async function inferResources(
  scope: readonly string[],
  store: Pick<ResourceStore, 'byScope'>,
): Promise<readonly string[]> {
  const inferred = new Set<string>();
  for (const one of scope) {
    const offering = await store.byScope(one);
    if (offering.length === 0) throw invalidMember('scope', `${one} is offered by no resource`);
    if (offering.length > 1) {
      throw invalidMember('resources', `several resources offer ${one}; name those that the client may use`);
    }
    inferred.add(offering[0]!.identifier);
  }
  return [...inferred];
}
