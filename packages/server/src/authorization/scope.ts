import type { Client, Resource } from '../clients/index.ts';
import { isScopeToken } from '../clients/index.ts';
import { Refused, refuse } from './refusal.ts';

interface Narrowed {
  readonly resource: Resource;
  readonly requested: string | undefined;
  readonly scope: string;
}

/** The last answer for each client, good for as long as both records stay the same: services ask for one thing again and again. */
const lastAnswers = new WeakMap<Client, Narrowed>();

/**
 * The scope of a token for this client and resource (RFC 6749 §3.3): what was requested, if all of it is granted to the client and
 * offered by the resource; else the client's default, as far as the resource offers it. Never empty, never more than requested.
 */
export function narrowScope(
  requested: string | undefined,
  client: Client,
  resource: Resource,
): string | Refused {
  const last = lastAnswers.get(client);
  if (last !== undefined && last.resource === resource && last.requested === requested) return last.scope;
  const scope =
    requested === undefined ? defaultScope(client, resource) : requestedScope(requested, client, resource);
  if (!(scope instanceof Refused)) lastAnswers.set(client, { resource, requested, scope });
  return scope;
}

/** The scope-tokens of a request, each once; undefined where the text is not RFC 6749 §3.3's. */
export function readScope(text: string): readonly string[] | undefined {
  const tokens = text.split(' ');
  return tokens.every(isScopeToken) ? [...new Set(tokens)] : undefined;
}

function defaultScope(client: Client, resource: Resource): string | Refused {
  const offered = (client.defaultScope ?? []).filter((one) => resource.scopes.includes(one));
  return offered.length === 0 ? refuse({ code: 'scope_required' }, client.clientId) : offered.join(' ');
}

function requestedScope(requested: string, client: Client, resource: Resource): string | Refused {
  const tokens = readScope(requested);
  if (tokens === undefined) return refuse({ code: 'scope_malformed' }, client.clientId);
  for (const presented of tokens) {
    if (!client.scope.includes(presented)) {
      return refuse(
        { code: 'scope_not_granted', presented, by: 'client', granted: client.scope },
        client.clientId,
      );
    }
    if (!resource.scopes.includes(presented)) {
      return refuse(
        { code: 'scope_not_granted', presented, by: 'resource', granted: resource.scopes },
        client.clientId,
      );
    }
  }
  return tokens.join(' ');
}
