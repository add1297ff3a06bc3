import type { DenylistKey } from '@mortise/resource-server';
import type { Resource } from '../../clients/index.ts';
import type { ClientGrants } from '../denylist-row.ts';

/**
 * Which resources may meet a client's tokens: those that it may ask tokens for, and those that it might while
 * tokens of then are alive. That decides which nodes are told about it; nobody learns about another's clients.
 */
export class ClientVisibility {
  readonly #resources = new Map<string, Resource>();
  readonly #grants = new Map<string, ClientGrants>();
  /** Client id → resource → until when (epoch milliseconds); infinity while granted. */
  readonly #until = new Map<string, Map<string, number>>();
  /** From when a grant ends, how long its last tokens live. Epoch milliseconds to epoch milliseconds. */
  readonly #lastTokens: (now: number) => number;

  constructor(lastTokens: (now: number) => number) {
    this.#lastTokens = lastTokens;
  }

  /** Identifiers of the resources that name this client as one of their resource servers. */
  servedBy(clientId: string): string[] {
    return [...this.#resources.values()]
      .filter(({ resourceServers }) => resourceServers.includes(clientId))
      .map(({ identifier }) => identifier);
  }

  /** Whether the client's grants have been set. */
  knows(clientId: string): boolean {
    return this.#grants.has(clientId);
  }

  knownClients(): string[] {
    return [...this.#grants.keys()];
  }

  /** Whether one of these resources may meet a live token of the client. What has ended counts until `forget`. */
  meets(clientId: string, resources: ReadonlySet<string>): boolean {
    const until = this.#until.get(clientId);
    if (until === undefined) return false;
    for (const resource of until.keys()) if (resources.has(resource)) return true;
    return false;
  }

  setGrants(grants: ClientGrants, now: number): void {
    this.#grants.set(grants.clientId, grants);
    this.#settle(grants, now);
  }

  /** Takes a new or changed resource, and what that changes for the clients known. */
  setResource(resource: Resource, now: number): void {
    this.#resources.set(resource.identifier, resource);
    for (const grants of this.#grants.values()) this.#settle(grants, now);
  }

  /** A client could get tokens with these grants until `at`; the last of them are still alive. */
  addFormerGrants(grants: ClientGrants, at: number): void {
    const end = this.#lastTokens(at);
    const until = this.#untilOf(grants.clientId);
    for (const resource of this.#granted(grants))
      until.set(resource, Math.max(until.get(resource) ?? 0, end));
  }

  /** Forgets grants whose last tokens have expired, and clients that `keeps` does not name and have none left. */
  forget(keeps: (clientId: string) => boolean, now: number): void {
    for (const [clientId, until] of this.#until) {
      for (const [resource, end] of until) if (end <= now) until.delete(resource);
      if (!keeps(clientId)) {
        this.#grants.delete(clientId);
        for (const [resource, end] of until) if (end === Infinity) until.delete(resource);
      }
      if (until.size === 0 && !this.#grants.has(clientId)) this.#until.delete(clientId);
    }
  }

  #settle(grants: ClientGrants, now: number): void {
    const until = this.#untilOf(grants.clientId);
    const granted = this.#granted(grants);
    for (const [resource, end] of until) {
      if (end === Infinity && !granted.has(resource)) until.set(resource, this.#lastTokens(now));
    }
    for (const resource of granted) until.set(resource, Infinity);
  }

  #granted(grants: ClientGrants): Set<string> {
    const granted = new Set<string>();
    for (const { identifier, scopes } of this.#resources.values()) {
      if (mayMeet(grants, identifier, scopes)) granted.add(identifier);
    }
    return granted;
  }

  #untilOf(clientId: string): Map<string, number> {
    let until = this.#until.get(clientId);
    if (until === undefined) {
      until = new Map();
      this.#until.set(clientId, until);
    }
    return until;
  }
}

/** The resource is one of the client's; a client without any meets those that have one of its scopes. */
function mayMeet(grants: ClientGrants, identifier: string, scopes: readonly string[]): boolean {
  if (grants.resources.length > 0) return grants.resources.includes(identifier);
  return grants.scope.some((scope) => scopes.includes(scope));
}

/**
 * Whether a node that serves these resources may see an entry: keys and authorities concern everyone; what belongs to no
 * client otherwise concerns no node.
 */
export function maySee(
  visibility: ClientVisibility,
  resources: ReadonlySet<string>,
  { kind }: DenylistKey,
  clientId: string | undefined,
): boolean {
  if (kind === 'key' || kind === 'authority') return true;
  return clientId !== undefined && visibility.meets(clientId, resources);
}

/** The name of an entry, without the rest. */
export function keyOf({ kind, id, epoch }: DenylistKey): DenylistKey {
  return epoch === undefined ? { kind, id } : { kind, id, epoch };
}
