import type { AuthorityKeyType, AuthorityRecord } from '../authority-record.ts';
import { atPlace } from '../inherited-place.ts';
import type { MakeAuthorityOptions, SigningAuthority } from '../make-authority.ts';
import { makeAuthority } from '../make-authority.ts';
import type { AuthorityKeys, KeyPlace } from '../signers/authority-keys.ts';
import type { KnownRollovers } from './known-rollovers.ts';
import { type PreparedRollover, prepareRollover } from './prepare-rollover.ts';
import type { RolloverRecord } from './rollover-record.ts';

export interface SuccessorMakerOptions {
  readonly known: KnownRollovers;
  readonly keys: AuthorityKeys;
  readonly certificateUrl: (authorityId: string) => string;
  readonly revocationUrls: (authorityId: string) => { readonly crl: string; readonly ocsp: string };
  readonly clock: () => number;
}

/**
 * Makes new roots and their first intermediates, whose keys are where those are that they succeed, unless another place is named. Nothing is recorded. Rejects
 * with AuthorityError, and leaves no key on a token then.
 */
export class SuccessorMaker {
  readonly #options: SuccessorMakerOptions;

  constructor(options: SuccessorMakerOptions) {
    this.#options = options;
  }

  /** A new root, and both certified by each other. */
  async root(options: {
    readonly oldRoot: SigningAuthority;
    readonly keyType: AuthorityKeyType;
    readonly place: KeyPlace | undefined;
  }): Promise<PreparedRollover> {
    const { oldRoot, keyType, place } = options;
    const { keys, clock, certificateUrl, revocationUrls } = this.#options;
    const { name } = oldRoot.record;
    const newRoot = await atPlace(place, { name, kind: 'root', follows: oldRoot.record }, (at) =>
      this.#make({ name, kind: 'root', state: 'staged', keyType, place: at, now: clock() }),
    );
    const context = { now: clock(), certificateUrl, revocationUrls };
    return prepareRollover({ name, oldRoot, newRoot, context }).catch(async (error: unknown) => {
      await keys.discard(newRoot.record);
      throw error;
    });
  }

  /** The intermediate that issues under the new root, with the name constraints of the one that it follows. */
  async intermediate(options: {
    readonly rollover: RolloverRecord;
    readonly newRoot: SigningAuthority;
    readonly place: KeyPlace | undefined;
    readonly now: number;
  }): Promise<AuthorityRecord> {
    const { rollover, newRoot, place, now } = options;
    const { known } = this.#options;
    const { name, oldRootId } = rollover;
    const follows = known.followedIntermediate(oldRootId, now);
    const inherited = known.nameConstraints(oldRootId, now);
    const { keyType } = newRoot.record;
    const next = { name, kind: 'intermediate', follows, issuer: newRoot.record } as const;
    const { record } = await atPlace(place, next, (at) =>
      this.#make({ name, kind: 'intermediate', keyType, parent: newRoot, inherited, place: at, now }),
    );
    return record;
  }

  #make(
    options: Omit<MakeAuthorityOptions, 'keys' | 'createdAt' | 'certificateUrl' | 'revocationUrls'>,
  ): Promise<SigningAuthority> {
    const { known, keys, certificateUrl, revocationUrls } = this.#options;
    const createdAt = Math.max(options.now, (known.authorities.at(-1)?.createdAt ?? 0) + 1);
    return makeAuthority({ ...options, keys, createdAt, certificateUrl, revocationUrls });
  }
}
