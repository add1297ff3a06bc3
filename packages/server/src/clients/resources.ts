import type { Actor, EventDraft, Feed, JsonObject } from '../events/index.ts';
import { withRetries } from './acts/act-context.ts';
import { ClientError, invalidMember } from './client-error.ts';
import { FreshCache } from './fresh-cache.ts';
import { mergeMembers } from './merge-members.ts';
import type { Resource } from './resource.ts';
import {
  type ResourceRegistration,
  readResource,
  resourceInformation,
  resourceMembers,
} from './resource-document.ts';
import { isResourceIdentifier } from './resource-identifier.ts';
import { isScopeToken } from './scopes.ts';
import type { ClientStore, ResourceStore } from './store.ts';

export interface ResourcesOptions {
  readonly store: ResourceStore;
  readonly clientStore: Pick<ClientStore, 'find'>;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly clock: () => number;
  /** Most resources in memory, and most answers by scope and by resource server; default 2000. */
  readonly cacheCapacity?: number;
}

/** The resources of this server: read from memory, which the feed keeps fresh. Refusals are ClientErrors. */
export class Resources {
  readonly #store: ResourceStore;
  readonly #clientStore: Pick<ClientStore, 'find'>;
  readonly #clock: () => number;
  readonly #byIdentifier: FreshCache<Resource>;
  readonly #byScope: FreshCache<readonly Resource[]>;
  readonly #byServer: FreshCache<readonly Resource[]>;
  readonly #unsubscribe: () => void;

  constructor(options: ResourcesOptions) {
    const { store } = options;
    this.#store = store;
    this.#clientStore = options.clientStore;
    this.#clock = options.clock;
    const bounds = { capacity: options.cacheCapacity ?? 2000, absentCapacity: 200 };
    this.#byIdentifier = new FreshCache({ ...bounds, load: (identifier) => store.find(identifier) });
    this.#byScope = new FreshCache({ ...bounds, load: (scope) => store.byScope(scope) });
    this.#byServer = new FreshCache({ ...bounds, load: (clientId) => store.byResourceServer(clientId) });
    this.#unsubscribe = options.feed.subscribe('resources', (event) => {
      if (event.object.kind !== 'resource') return;
      this.#byIdentifier.drop(event.object.id);
      this.#byScope.clear();
      this.#byServer.clear();
    });
  }

  /** The resource of exactly this identifier. */
  async find(identifier: string): Promise<Resource | undefined> {
    return isResourceIdentifier(identifier) ? this.#byIdentifier.get(identifier) : undefined;
  }

  /** The resource if it is in memory, without waiting. */
  peek(identifier: string): Resource | undefined {
    return this.#byIdentifier.peek(identifier);
  }

  /** The resources that offer a scope. */
  async byScope(scope: string): Promise<readonly Resource[]> {
    return isScopeToken(scope) ? ((await this.#byScope.get(scope)) ?? []) : [];
  }

  /** The resources whose tokens a client may introspect and whose denylist it may follow. */
  async byResourceServer(clientId: string): Promise<readonly Resource[]> {
    return (await this.#byServer.get(clientId)) ?? [];
  }

  /** In the order of the identifiers, those after `after`; at most `limit`, which is 1 to 1000. */
  async list(page: { readonly after?: string; readonly limit: number }): Promise<Resource[]> {
    return this.#store.list({ ...page, limit: Math.min(1000, Math.max(1, Math.floor(page.limit) || 1)) });
  }

  /** Throws ClientError `metadata_invalid`, `client_unknown` (a resource server), `resource_exists`. */
  async create(input: { readonly metadata: JsonObject; readonly actor: Actor }): Promise<Resource> {
    const registration = readResource(input.metadata);
    await this.#requireServers(registration, []);
    const now = this.#clock();
    const resource: Resource = { ...registration, createdAt: now, updatedAt: now, revision: 1 };
    const outcome = await this.#store.create(resource, [event('resource.created', resource, input.actor)]);
    if (!outcome.done) {
      throw new ClientError(
        'resource_exists',
        `there is a resource ${resource.identifier} already`,
        'resource',
      );
    }
    return resource;
  }

  /**
   * Replaces members (RFC 7396: `null` takes one away); the identifier stays. Throws ClientError
   * `metadata_invalid`, `resource_unknown`, `client_unknown`, `contention`.
   */
  update(input: {
    readonly identifier: string;
    readonly changes: JsonObject;
    readonly actor: Actor;
  }): Promise<Resource> {
    return withRetries(
      async () => {
        const former = await this.#store.find(input.identifier);
        if (former === undefined) throw unknownResource(input.identifier);
        const registration = readResource(
          mergeMembers(resourceInformation(former), input.changes, resourceMembers),
        );
        if (registration.identifier !== former.identifier)
          throw invalidMember('resource', 'cannot be changed');
        await this.#requireServers(registration, former.resourceServers);
        const resource: Resource = {
          ...registration,
          createdAt: former.createdAt,
          updatedAt: this.#clock(),
          revision: former.revision + 1,
        };
        const outcome = await this.#store.update({ resource, expectedRevision: former.revision }, [
          event('resource.updated', resource, input.actor),
        ]);
        return { outcome, result: resource };
      },
      () => unknownResource(input.identifier),
    );
  }

  /** Stops listening to the feed. */
  close(): void {
    this.#unsubscribe();
  }

  async #requireServers(registration: ResourceRegistration, former: readonly string[]): Promise<void> {
    for (const clientId of registration.resourceServers) {
      if (former.includes(clientId)) continue;
      if ((await this.#clientStore.find(clientId, this.#clock())) === undefined) {
        throw new ClientError('client_unknown', `there is no client ${clientId}`, 'resource_servers');
      }
    }
  }
}

function event(act: string, resource: Resource, actor: Actor): EventDraft {
  const { resource: _, ...data } = resourceInformation(resource);
  return { actor, act, object: { kind: 'resource', id: resource.identifier }, data };
}

function unknownResource(identifier: string): ClientError {
  return new ClientError('resource_unknown', `there is no resource ${identifier.slice(0, 200)}`);
}
