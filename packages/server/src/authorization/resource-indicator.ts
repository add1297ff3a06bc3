import { type Client, isResourceIdentifier, type Resource } from '../clients/index.ts';
import { type Eventually, onceThere } from './eventually.ts';
import type { Form } from './form.ts';
import type { ResourceDirectory } from './ports.ts';
import { type Refused, refuse } from './refusal.ts';
import { readScope } from './scope.ts';

/**
 * The one resource that a token is for (RFC 8707 §2, RFC 9068 §3): the one named; else the client's only one; else the
 * only one of the client's that offers all of the scope asked for. A request that names several gets none.
 */
export function chooseResource(
  form: Form,
  client: Client,
  resources: ResourceDirectory,
): Eventually<Resource | Refused> {
  const { clientId } = client;
  const named = form.resource.length > 1 ? [...new Set(form.resource)] : form.resource;
  if (named.length > 1) return refuse({ code: 'several_resources', presented: named.slice(0, 10) }, clientId);
  const presented = named[0] ?? (client.resources.length === 1 ? client.resources[0] : undefined);
  if (presented === undefined) return byScope(form, client, resources);
  if (!client.resources.includes(presented)) return unknown(presented, client, resources);
  return onceThere(
    find(presented, resources),
    (resource) => resource ?? refuse({ code: 'resource_unknown', presented }, clientId),
  );
}

function find(identifier: string, resources: ResourceDirectory): Eventually<Resource | undefined> {
  return resources.peek(identifier) ?? resources.find(identifier);
}

/** The caller gets the same answer for each of these; the log tells them apart. */
async function unknown(
  presented: string,
  { clientId }: Client,
  resources: ResourceDirectory,
): Promise<Refused> {
  if (!isResourceIdentifier(presented)) {
    return refuse({ code: 'resource_malformed', presented: presented.slice(0, 200) }, clientId);
  }
  const exists = (await resources.find(presented)) !== undefined;
  return refuse({ code: exists ? 'resource_not_granted' : 'resource_unknown', presented }, clientId);
}

async function byScope(
  form: Form,
  client: Client,
  resources: ResourceDirectory,
): Promise<Resource | Refused> {
  const { clientId } = client;
  const scope = form.scope === undefined ? client.defaultScope : readScope(form.scope);
  if (form.scope !== undefined && scope === undefined) return refuse({ code: 'scope_malformed' }, clientId);
  const candidates: Resource[] = [];
  const offered = new Set<string>();
  for (const identifier of client.resources) {
    const resource = await find(identifier, resources);
    if (resource === undefined) continue;
    for (const one of resource.scopes) offered.add(one);
    if (scope?.every((one) => resource.scopes.includes(one))) candidates.push(resource);
  }
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0 && form.scope !== undefined)
    return refuse(scopeReason(scope!, client, offered), clientId);
  const named = (
    candidates.length === 0 ? client.resources : candidates.map(({ identifier }) => identifier)
  ).slice(0, 10);
  return refuse({ code: 'resource_required', candidates: named }, clientId);
}

/** Why no resource of the client offers all of the scope asked for: it is the scope that is wrong (RFC 6749 §5.2, RFC 9068 §3). */
function scopeReason(
  scope: readonly string[],
  client: Client,
  offered: ReadonlySet<string>,
): Refused['reason'] {
  for (const presented of scope) {
    if (!client.scope.includes(presented))
      return { code: 'scope_not_granted', presented, by: 'client', granted: client.scope };
    if (!offered.has(presented))
      return { code: 'scope_not_granted', presented, by: 'resource', granted: [...offered] };
  }
  return { code: 'scope_of_several_resources', candidates: client.resources.slice(0, 10) };
}
