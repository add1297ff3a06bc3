import type { Actor } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { rulesEvent } from '../authority-events.ts';
import type { AuthorityRules } from '../authority-record.ts';
import type { OwnAuthorities } from '../own-authorities.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { AuthorityStore } from '../store.ts';

/** What an authority is limited to; absent: to nothing. */
export interface AskedRules {
  readonly profiles?: readonly string[];
  readonly clients?: readonly string[];
}

export interface RulesContext {
  readonly store: Pick<AuthorityStore, 'listRules' | 'saveRules'>;
  readonly authorities: Pick<OwnAuthorities, 'list' | 'reload'>;
  readonly profiles: Pick<Profiles, 'definition'>;
  readonly clients: { find(clientId: string): Promise<object | undefined> };
  readonly clock: () => number;
}

/** Most clients, or profiles, that the rules of one authority name. */
const longestList = 1000;

/** Reads and writes the rules of authorities. Every method rejects with AuthorityError. */
export class AuthorityRulesActs {
  readonly #context: RulesContext;

  constructor(context: RulesContext) {
    this.#context = context;
  }

  /** Those of a new authority; undefined where nothing is limited. */
  async ofNew(name: string, asked: AskedRules): Promise<AuthorityRules | undefined> {
    const { profiles, clients } = asked;
    if (profiles === undefined && clients === undefined) return undefined;
    await this.#check(asked);
    const now = this.#context.clock();
    return {
      name,
      ...(profiles === undefined ? {} : { profiles }),
      ...(clients === undefined ? {} : { clients }),
      createdAt: now,
      updatedAt: now,
      revision: 1,
    };
  }

  /** Of every authority that has some. */
  list(): Promise<AuthorityRules[]> {
    return this.#context.store.listRules();
  }

  /** Null takes a limit away. */
  async change(options: {
    readonly name: string;
    readonly profiles?: readonly string[] | null;
    readonly clients?: readonly string[] | null;
    readonly actor: Actor;
  }): Promise<AuthorityRules> {
    const { store, authorities, clock } = this.#context;
    const { name, actor } = options;
    if (authorities.list().every((record) => record.name !== name)) {
      throw new AuthorityError('authority_unknown', `there is no authority ${name}`);
    }
    const former = (await store.listRules()).find((rules) => rules.name === name);
    const profiles = changed(former?.profiles, options.profiles);
    const clients = changed(former?.clients, options.clients);
    const asked: AskedRules = {
      ...(profiles === undefined ? {} : { profiles }),
      ...(clients === undefined ? {} : { clients }),
    };
    await this.#check(asked);
    const now = clock();
    const rules: AuthorityRules = {
      name,
      ...asked,
      createdAt: former?.createdAt ?? now,
      updatedAt: now,
      revision: (former?.revision ?? 0) + 1,
    };
    const act = { rules, expectedRevision: former?.revision ?? 0 };
    if (!(await store.saveRules(act, [rulesEvent(rules, actor)]))) {
      throw new AuthorityError(
        'contended',
        `others changed the rules of authority ${name}; nothing was changed`,
      );
    }
    await authorities.reload();
    return rules;
  }

  async #check({ profiles = [], clients = [] }: AskedRules): Promise<void> {
    if (profiles.length > longestList || clients.length > longestList) {
      throw new AuthorityError(
        'rules_invalid',
        `rules name at most ${longestList} profiles, and as many clients`,
      );
    }
    for (const profile of profiles) this.#context.profiles.definition(profile);
    for (const clientId of clients) {
      if ((await this.#context.clients.find(clientId)) === undefined) {
        throw new AuthorityError('client_unknown', `there is no client ${clientId}`);
      }
    }
  }
}

/** Undefined keeps what was there, null takes it away. */
function changed(
  former: readonly string[] | undefined,
  wanted: readonly string[] | null | undefined,
): readonly string[] | undefined {
  if (wanted === undefined) return former;
  return wanted === null ? undefined : [...new Set(wanted)];
}
