import { randomBytes } from 'node:crypto';
import { Certificate } from '@mortise/x509';
import type { Actor } from '../../events/index.ts';
import { chainRecord } from '../administration/authority-chain.ts';
import { makeAuthorityRequest } from '../administration/make-authority-request.ts';
import { newAuthorityId } from '../authority-id.ts';
import type { AuthorityRecord } from '../authority-record.ts';
import { atPlace } from '../inherited-place.ts';
import type { RolloverRequest, RootPlace, Successor } from '../offline/rollover-request.ts';
import { recordedOrDiscarded } from '../recorded-or-discarded.ts';
import type { AuthorityKeys, KeyPlace } from '../signers/authority-keys.ts';
import { checkSuccessor } from './check-successor.ts';
import { type CrossContext, crossRecord } from './cross-certificates.ts';
import type { KnownRollovers } from './known-rollovers.ts';
import { RolloverError } from './rollover-error.ts';
import type { RolloverRecord } from './rollover-record.ts';
import { eventOf } from './step-words.ts';
import type { RolloverStore } from './store.ts';

export interface OfflineRolloverOptions {
  readonly store: Pick<RolloverStore, 'publish'>;
  readonly known: KnownRollovers;
  readonly keys: AuthorityKeys;
  /** Reads the authorities again, for those who issue. */
  readonly refresh: () => Promise<void>;
  readonly certificateUrl: (authorityId: string) => string;
  readonly revocationUrls: CrossContext['revocationUrls'];
  readonly clock: () => number;
}

/** How a rollover begins where the root is kept offline: the new root and the cross-certificates are made where its key is. Rejects with RolloverError, and with AuthorityError where a key cannot be made. */
export class OfflineRollovers {
  readonly #options: OfflineRolloverOptions;

  constructor(options: OfflineRolloverOptions) {
    this.#options = options;
  }

  /** What is needed to make the new root of an authority. Nothing is recorded. */
  async request(name: string): Promise<RolloverRequest> {
    const { known, clock } = this.#options;
    await known.read();
    const oldRoot = this.#oldRoot(name);
    return {
      name,
      oldRoot: Certificate.parse(oldRoot.certificate),
      old: this.#place(oldRoot.id),
      successor: this.#place(newAuthorityId()),
      madeAt: clock(),
    };
  }

  /** Takes the new root and the cross-certificates, and asks for its first intermediate, which it has to sign before the switch. */
  async publish(options: {
    readonly name: string;
    readonly successor: Successor;
    /** Where the key of the intermediate will be. Default: where that of the one is that it follows, and nowhere else. */
    readonly place?: KeyPlace;
    readonly actor: Actor;
  }): Promise<void> {
    const { store, known, keys, refresh, clock } = this.#options;
    const { name, successor, place, actor } = options;
    await known.read();
    const oldRoot = this.#oldRoot(name);
    // As they are now, and not when the key is made: another may begin one meanwhile.
    const expectedCount = known.authorities.length;
    const now = clock();
    await checkSuccessor(successor, Certificate.parse(oldRoot.certificate), now);
    const { authorityId, root: certificate, newByOld, oldByNew } = successor;
    const taken = known.authorities.some(
      ({ id, spkiSha256 }) => id === authorityId || spkiSha256 === certificate.spkiSha256,
    );
    if (taken) throw new RolloverError('successor_invalid', 'the new root is refused: it is here already');
    const createdAt = Math.max(now, (known.authorities.at(-1)?.createdAt ?? 0) + 1);
    const root: AuthorityRecord = {
      ...chainRecord(certificate, { id: authorityId, name, kind: 'root', createdAt }),
      state: 'staged',
      signer: 'offline',
    };
    const rollover: RolloverRecord = {
      id: `roll_${randomBytes(12).toString('base64url')}`,
      name,
      oldRootId: oldRoot.id,
      newRootId: authorityId,
      ...(newByOld === undefined ? {} : { newByOld: newByOld.der }),
      oldByNew: oldByNew.der,
      waived: [],
      publishedAt: now,
      revision: 1,
    };
    const { certificateUrl, crlUrl } = this.#place(root.id);
    const follows = known.followedIntermediate(oldRoot.id, now);
    const request = await atPlace(place, { name, kind: 'intermediate', follows }, (at) =>
      makeAuthorityRequest({
        root,
        keys,
        keyType: root.keyType,
        place: at,
        constraints: {},
        inherited: known.nameConstraints(oldRoot.id, now),
        urls: { certificate: certificateUrl, crl: crlUrl },
        now,
      }),
    );
    const act = {
      rollover,
      root,
      crossCertificates: [
        ...(newByOld === undefined ? [] : [crossRecord(newByOld, oldRoot.id, now)]),
        crossRecord(oldByNew, authorityId, now),
      ],
      request,
      expectedCount,
    };
    const data = { old_root: oldRoot.fingerprint256, new_root: root.fingerprint256 };
    const published = await recordedOrDiscarded([request], {
      keys,
      record: () => store.publish(act, [eventOf('published', rollover, actor, data)]),
      isRecorded: () => known.isRecorded(authorityId),
    });
    if (!published) throw new RolloverError('contended', 'others changed the authorities; nothing was made');
    await Promise.all([known.read(), refresh()]);
  }

  /** The intermediates that the new root has signed, and that issue from the switch on. */
  staged(newRootId: string): string[] {
    const staged = this.#options.known.authorities.filter(
      ({ parentId, state, revokedAt }) =>
        parentId === newRootId && state === 'staged' && revokedAt === undefined,
    );
    if (staged.length > 0) return staged.map(({ id }) => id);
    throw new RolloverError(
      'intermediate_missing',
      'the new root, which is kept offline, has still to sign its intermediate: see the requests for it',
    );
  }

  /** The root to be replaced. Throws RolloverError. */
  #oldRoot(name: string): AuthorityRecord {
    const { known, clock } = this.#options;
    known.refuseUnderWay(name);
    const root = known.usableRoot(name, clock());
    if (root.signer === 'offline') return root;
    throw new RolloverError(
      'root_unusable',
      `the root of ${name} is not kept offline: its successor is made by publishing`,
    );
  }

  #place(authorityId: string): RootPlace {
    const { certificateUrl, revocationUrls } = this.#options;
    return {
      authorityId,
      certificateUrl: certificateUrl(authorityId),
      crlUrl: revocationUrls(authorityId).crl,
    };
  }
}
