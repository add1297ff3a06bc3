import type { Actor, Event, Feed, JsonObject, JsonValue } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import type { ProfileDefinition } from './profile-definition.ts';
import type { ProfileRecord, ProfileStore } from './profile-record.ts';
import { profileDocument, readProfile } from './read-profile.ts';
import { shippedProfile, shippedProfiles } from './shipped/shipped.ts';

/** Where a profile is from: as it was shipped, from the configuration, or from an administrator. */
export type ProfileSource = 'shipped' | 'configuration' | 'administrator';

export interface ListedProfile {
  readonly definition: ProfileDefinition;
  readonly source: ProfileSource;
}

export interface ProfilesOptions {
  readonly store: ProfileStore;
  /** Those of the configuration, which nobody else changes. Default none. */
  readonly configured?: readonly ProfileDefinition[];
  readonly feed: Feed;
  readonly clock: () => number;
  /** Told when a stored profile cannot be read. */
  readonly onError: (error: unknown) => void;
}

/** The profiles in memory, kept fresh by the feed: those of the configuration, then those of administrators, then those shipped. */
export class Profiles {
  readonly #options: ProfilesOptions;
  readonly #unsubscribe: () => void;
  #listed: ReadonlyMap<string, ListedProfile> = new Map();
  #records: ReadonlyMap<string, ProfileRecord> = new Map();

  private constructor(options: ProfilesOptions) {
    this.#options = options;
    this.#unsubscribe = options.feed.subscribe('profiles', (event) => this.#onEvent(event));
  }

  static async open(options: ProfilesOptions): Promise<Profiles> {
    const profiles = new Profiles(options);
    try {
      await profiles.#reload();
      return profiles;
    } catch (error) {
      profiles.close();
      throw error;
    }
  }

  /** In the order of their names. */
  list(): ListedProfile[] {
    return [...this.#listed.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  }

  find(name: string): ListedProfile | undefined {
    return this.#listed.get(name);
  }

  /** Throws AuthorityError `profile_unknown`. */
  definition(name: string): ProfileDefinition {
    const listed = this.#listed.get(name);
    if (listed !== undefined) return listed.definition;
    const names = this.list().map(({ definition }) => definition.name);
    throw new AuthorityError(
      'profile_unknown',
      `there is no profile ${name.slice(0, 64)}; there are ${names.join(', ')}`,
    );
  }

  /** Adds a profile; a shipped one is updated instead. Rejects with AuthorityError. */
  async create(act: {
    readonly name: string;
    readonly document: JsonObject;
    readonly actor: Actor;
  }): Promise<ListedProfile> {
    const { name, document, actor } = act;
    readProfile(name, document);
    if (this.#listed.has(name))
      throw new AuthorityError('profile_exists', `there is a profile ${name} already`);
    return this.#save({ name, document, actor, act: 'profile.created' });
  }

  /** Changes members of a profile; null gives one back to what the profile is based on (RFC 7396). Rejects with AuthorityError. */
  async update(act: {
    readonly name: string;
    readonly changes: JsonObject;
    readonly actor: Actor;
  }): Promise<ListedProfile> {
    const { name, changes, actor } = act;
    const { source } = this.#listed.get(name) ?? { source: undefined };
    if (source === undefined) this.definition(name);
    if (source === 'configuration') {
      throw new AuthorityError(
        'profile_configured',
        `the profile ${name} stands in the configuration; change it there`,
      );
    }
    const former = this.#records.get(name)?.definition ?? {};
    const merged: Record<string, JsonValue | undefined> = { ...former, ...changes };
    const document = Object.fromEntries(
      Object.entries(merged).filter(([, value]) => value !== null && value !== undefined),
    ) as JsonObject;
    readProfile(name, document);
    return this.#save({ name, document, actor, act: 'profile.updated' });
  }

  close(): void {
    this.#unsubscribe();
  }

  async #save(given: {
    readonly name: string;
    readonly document: JsonObject;
    readonly actor: Actor;
    readonly act: string;
  }): Promise<ListedProfile> {
    const { name, document, actor, act } = given;
    const { store, clock } = this.#options;
    const former = this.#records.get(name);
    const now = clock();
    const profile: ProfileRecord = {
      name,
      definition: document,
      createdAt: former?.createdAt ?? now,
      updatedAt: now,
      revision: (former?.revision ?? 0) + 1,
    };
    const event = { actor, act, object: { kind: 'profile', id: name }, data: document } as const;
    const saved = await store.save({ profile, expectedRevision: former?.revision ?? 0 }, [event]);
    await this.#reload();
    if (!saved)
      throw new AuthorityError('contended', `others changed the profile ${name}; nothing was changed`);
    return this.#listed.get(name)!;
  }

  async #reload(): Promise<void> {
    const records = await this.#options.store.list();
    const listed = new Map<string, ListedProfile>();
    for (const definition of shippedProfiles) listed.set(definition.name, { definition, source: 'shipped' });
    for (const { name, definition } of records) {
      try {
        listed.set(name, { definition: readProfile(name, definition), source: 'administrator' });
      } catch (error) {
        this.#options.onError(error);
      }
    }
    for (const definition of this.#options.configured ?? []) {
      listed.set(definition.name, { definition, source: 'configuration' });
    }
    this.#records = new Map(records.map((record) => [record.name, record]));
    this.#listed = listed;
  }

  #onEvent(event: Event): void {
    if (event.object.kind === 'profile') this.#reload().catch(this.#options.onError);
  }
}

/** What the admin API shows of a profile. */
export function listedProfileDocument({ definition, source }: ListedProfile): JsonObject {
  const shipped = shippedProfile(definition.name);
  return { ...profileDocument(definition), source, shipped: shipped !== undefined };
}
