import type { Certificate } from '@mortise/x509';
import type { Actor, Event, Feed, JsonObject } from '../events/index.ts';
import type { ActContext } from './acts/act-context.ts';
import { addSecret } from './acts/add-secret.ts';
import { type CreateClient, createClient } from './acts/create-client.ts';
import { type RegisterCertificate, registerCertificate } from './acts/register-certificate.ts';
import { type UpdateClient, updateClient } from './acts/update-client.ts';
import { anchorName } from './claims.ts';
import type { Client, ClientRecord } from './client.ts';
import type { CertificateCredential, Credential } from './credential.ts';
import { FreshCache } from './fresh-cache.ts';
import { isClientId } from './identifiers.ts';
import { matchersAccepting } from './matchers/matchers.ts';
import { clientInformation, type NewSecret } from './registration-document.ts';
import type { Sealer } from './secrets.ts';
import type { ClientStore, ResourceStore } from './store.ts';

export interface ClientsOptions {
  readonly store: ClientStore;
  readonly resourceStore: Pick<ResourceStore, 'find' | 'byScope'>;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly sealer: Sealer;
  readonly clock: () => number;
  /** The OAuth issuer; the default matcher lies under it. */
  readonly issuer: string;
  /** `spkiSha256` of the roots of the authorities of this server; asked at each act. Default: none. */
  readonly ownAnchorPins?: () => readonly string[];
  /** Most clients in memory; default 5000. */
  readonly cacheCapacity?: number;
}

const mostAtOnce = 1000;

/**
 * The clients of this server: read from memory, which the feed keeps fresh, and changed by acts that are durable
 * when they resolve. What ends access (suspending and revoking) is done by `revocation/`. Refusals are ClientErrors.
 */
export class Clients {
  readonly #context: ActContext;
  readonly #cache: FreshCache<Client>;
  readonly #unsubscribe: () => void;

  constructor(options: ClientsOptions) {
    const { store, clock } = options;
    this.#context = {
      store,
      resources: options.resourceStore,
      sealer: options.sealer,
      clock,
      issuer: options.issuer,
      ownAnchorPins: options.ownAnchorPins ?? (() => []),
    };
    this.#cache = new FreshCache({
      load: (clientId) => store.find(clientId, clock()),
      capacity: options.cacheCapacity ?? 5000,
      // Each attempt in the name of an unknown client costs the same, as do those with a wrong secret.
      absentCapacity: 0,
    });
    this.#unsubscribe = options.feed.subscribe('clients', (event) => this.#hear(event));
  }

  /** The client, whatever its status. Undefined: there is none of this id. */
  async find(clientId: string): Promise<Client | undefined> {
    return isClientId(clientId) ? this.#cache.get(clientId) : undefined;
  }

  /** The client if it is in memory, without waiting. */
  peek(clientId: string): Client | undefined {
    return this.#cache.peek(clientId);
  }

  /** Past the cache, with the latest `lastUsedAt`: for showing, not for deciding. */
  async read(clientId: string): Promise<Client | undefined> {
    return isClientId(clientId) ? this.#context.store.find(clientId, this.#context.clock()) : undefined;
  }

  /** In the order of the ids, those after `after`; at most `limit`, which is 1 to 1000. */
  async list(page: { readonly after?: string; readonly limit: number }): Promise<ClientRecord[]> {
    return this.#context.store.list({ ...page, limit: pageSize(page.limit) });
  }

  /** All credentials of a client, ended ones too, newest first; at most `limit`, which is 1 to 1000. */
  async credentials(clientId: string, limit = mostAtOnce): Promise<Credential[]> {
    return this.#context.store.credentials({ clientId, limit: pageSize(limit) });
  }

  /** One credential of a client, ended or not. */
  async credential(clientId: string, credentialId: string): Promise<Credential | undefined> {
    return this.#context.store.findCredential(clientId, credentialId);
  }

  /**
   * Whose certificate this is, by its `x5t#S256`; the credential may have ended. Says nothing about the client's
   * status.
   */
  async byCertificate(
    x5t: string,
  ): Promise<{ clientId: string; credential: CertificateCredential } | undefined> {
    return this.#context.store.findByCertificate(x5t);
  }

  /**
   * The one client whose matcher accepts this certificate under the anchor that its valid path ends in. Undefined
   * where none does, or where its names belong to several clients. Says nothing about the client's status.
   */
  async byMatcher(anchorSpkiSha256: string, certificate: Certificate): Promise<string | undefined> {
    const anchor = anchorName(anchorSpkiSha256, this.#context.ownAnchorPins());
    const owners = await Promise.all(
      matchersAccepting(certificate).map((matcher) => this.#context.store.findByMatcher({ anchor, matcher })),
    );
    const distinct = new Set(owners.filter((owner) => owner !== undefined));
    return distinct.size === 1 ? distinct.values().next().value : undefined;
  }

  create(input: CreateClient): Promise<{ client: Client; secret?: NewSecret }> {
    return createClient(this.#context, input);
  }

  update(input: UpdateClient): Promise<{ client: Client; secret?: NewSecret }> {
    return updateClient(this.#context, input);
  }

  addSecret(input: {
    readonly clientId: string;
    readonly expiresAt?: number;
    readonly actor: Actor;
  }): Promise<NewSecret> {
    return addSecret(this.#context, input);
  }

  registerCertificate(input: RegisterCertificate): Promise<CertificateCredential> {
    return registerCertificate(this.#context, input);
  }

  /** The client as RFC 7591 §3.2.1 answers it, with `secret` only in the answer to the act that made it. */
  information(client: Client, secret?: NewSecret): JsonObject {
    return clientInformation(client, this.#context.clock(), secret);
  }

  /** Stops listening to the feed. */
  close(): void {
    this.#unsubscribe();
  }

  #hear(event: Event): void {
    if (event.clientId !== undefined) this.#cache.drop(event.clientId);
    if (event.object.kind === 'client') this.#cache.drop(event.object.id);
  }
}

function pageSize(limit: number): number {
  return Math.min(mostAtOnce, Math.max(1, Math.floor(limit) || 1));
}
