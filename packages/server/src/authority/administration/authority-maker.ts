import type { RawExtension } from '@mortise/x509';
import type { Actor } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { createdEvent } from '../authority-events.ts';
import type {
  AuthorityKeyType,
  AuthorityKind,
  AuthorityRecord,
  AuthorityRules,
} from '../authority-record.ts';
import { followedIntermediate, followedPair } from '../followed-intermediate.ts';
import { inheritedConstraints } from '../inherited-constraints.ts';
import { atPlace } from '../inherited-place.ts';
import type { SigningAuthority } from '../make-authority.ts';
import { makeAuthority } from '../make-authority.ts';
import type { OwnAuthorities } from '../own-authorities.ts';
import { recordedOrDiscarded } from '../recorded-or-discarded.ts';
import type { AuthorityKeys, KeyPlace } from '../signers/authority-keys.ts';
import type { AuthorityStore } from '../store.ts';
import type { AskedConstraints } from './name-constraints-asked.ts';

export interface MakerContext {
  readonly store: Pick<AuthorityStore, 'addAuthorities'>;
  readonly authorities: OwnAuthorities;
  readonly keys: AuthorityKeys;
  readonly clock: () => number;
  readonly certificateUrl: (authorityId: string) => string;
  readonly revocationUrls: (
    authorityId: string,
  ) => { readonly crl: string; readonly ocsp: string } | undefined;
}

const attempts = 5;

/** Makes roots and intermediates whose keys are at hand, and records them. */
export class AuthorityMaker {
  readonly #context: MakerContext;

  constructor(context: MakerContext) {
    this.#context = context;
  }

  /** A root and an intermediate under it. `false`: another was first since this was called, and its authorities are read. */
  async addPair(options: {
    readonly name: string;
    readonly keyType: AuthorityKeyType;
    /** Default: where those of the authority before are; of a new one, in the database. */
    readonly place?: KeyPlace;
    readonly constraints?: AskedConstraints;
    readonly rules?: AuthorityRules;
    readonly actor: Actor;
  }): Promise<AuthorityRecord | false> {
    const { name, keyType, place, constraints, rules, actor } = options;
    const known = this.#context.authorities.list();
    const expectedCount = known.length;
    // Those before it, all of which are revoked or at their end; of a new name, none.
    const before = followedPair(
      known.filter((record) => record.name === name),
      this.#context.clock(),
    );
    const root = await atPlace(place, { name, kind: 'root', follows: before.root }, (at) =>
      this.make('root', { name, keyType, place: at }),
    );
    const next = { name, kind: 'intermediate', follows: before.intermediate, issuer: root.record } as const;
    const intermediate = await atPlace(place, next, (at) =>
      this.make('intermediate', {
        name,
        keyType,
        parent: root,
        place: at,
        ...(constraints === undefined ? {} : { constraints }),
      }),
    ).catch(async (error: unknown) => {
      await this.#context.keys.discard(root.record);
      throw error;
    });
    const act = { made: [root, intermediate], expectedCount, ...(rules === undefined ? {} : { rules }) };
    return (await this.#add(act, actor)) ? intermediate.record : false;
  }

  /** Another intermediate under the newest active root of an authority; from then on it is the one that issues. Rejects with AuthorityError. */
  async addIntermediate(options: {
    readonly name: string;
    readonly keyType?: AuthorityKeyType;
    /** Default: where the key of the one before is, or, of the first, that of its root; and nowhere else. */
    readonly place?: KeyPlace;
    readonly constraints?: AskedConstraints;
    /** With the name constraints of the one before, in place of `constraints`. Default false. */
    readonly inherit?: boolean;
    readonly actor: Actor;
  }): Promise<AuthorityRecord> {
    const { name, keyType, place, constraints, inherit = false, actor } = options;
    const { authorities, clock } = this.#context;
    for (let left = attempts; left > 0; left -= 1) {
      const parent = authorities.signing('root', name);
      const known = authorities.list();
      const ofName = known.filter((record) => record.name === name);
      const now = clock();
      const follows = followedIntermediate(ofName, now);
      const next = { name, kind: 'intermediate', follows, issuer: parent.record } as const;
      const made = await atPlace(place, next, (at) =>
        this.make('intermediate', {
          name,
          keyType: keyType ?? parent.record.keyType,
          parent,
          place: at,
          ...(constraints === undefined ? {} : { constraints }),
          ...(inherit ? { inherited: inheritedConstraints(ofName, now) } : {}),
        }),
      );
      if (await this.#add({ made: [made], expectedCount: known.length }, actor)) return made.record;
    }
    throw new AuthorityError('contended', 'others keep adding authorities; nothing was made');
  }

  make(
    kind: AuthorityKind,
    options: {
      readonly name: string;
      readonly keyType: AuthorityKeyType;
      readonly parent?: SigningAuthority;
      readonly state?: AuthorityRecord['state'];
      readonly place?: KeyPlace;
      readonly constraints?: AskedConstraints;
      readonly inherited?: RawExtension | undefined;
    },
  ): Promise<SigningAuthority> {
    const { keys, clock, certificateUrl, revocationUrls } = this.#context;
    const createdAt = this.nextCreatedAt(options.parent?.record);
    return makeAuthority({ ...options, kind, createdAt, keys, now: clock(), certificateUrl, revocationUrls });
  }

  /** After that of every other authority, so that their order is certain. */
  nextCreatedAt(parent?: AuthorityRecord): number {
    const { authorities, clock } = this.#context;
    const latest = Math.max(parent?.createdAt ?? 0, authorities.list().at(-1)?.createdAt ?? 0);
    return Math.max(clock(), latest + 1);
  }

  async #add(
    act: {
      readonly made: readonly SigningAuthority[];
      /** How many authorities there were when it was decided what to make. */
      readonly expectedCount: number;
      readonly rules?: AuthorityRules;
    },
    actor: Actor,
  ): Promise<boolean> {
    const { store, authorities, keys } = this.#context;
    const { made, ...counted } = act;
    const records = made.map(({ record }) => record);
    const events = records.map((record) => createdEvent(record, actor));
    const added = await recordedOrDiscarded(records, {
      keys,
      record: () => store.addAuthorities({ ...counted, authorities: records }, events),
      isRecorded: () => authorities.isRecorded(records[0]!.id),
    });
    if (!added || counted.rules !== undefined) await authorities.reload();
    if (added) for (const authority of made) authorities.adopt(authority);
    return added;
  }
}
