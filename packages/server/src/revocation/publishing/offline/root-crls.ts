import { CertificateRevocationList } from '@mortise/x509';
import { type AuthorityRecord, type CrlRequest, firstPartition } from '../../../authority/index.ts';
import type { Actor } from '../../../events/index.ts';
import { RevocationError } from '../../revocation-error.ts';
import type { RevocationStore } from '../../store.ts';
import { type PublishingAuthorities, signedAuthorities } from '../authorities.ts';
import { listsSerial, readContents } from '../crl/crl-contents.ts';
import { writtenReason } from '../reasons.ts';
import type { CertificateStatus, CrlStore, PublishedCrl } from '../store.ts';
import { checkForm, type OfflineRoot, readCrl, refused, signerOf } from './check-crl.ts';

/**
 * `none`: none was ever published. `expired`: past its `nextUpdate`. `incomplete`: it lacks what is revoked here. `current`: else.
 */
export type RootCrlState = 'none' | 'expired' | 'incomplete' | 'current';

/** What is published for a root whose key is kept elsewhere. Times are epoch milliseconds. */
export interface RootCrl {
  readonly root: AuthorityRecord;
  readonly state: RootCrlState;
  readonly published?: Pick<PublishedCrl, 'number' | 'thisUpdate' | 'nextUpdate'>;
  /** How many revoked certificates the CRL lacks. */
  readonly lacking: number;
  /** Whether another one has to be signed now: this one is missing or lacks something, or less than a quarter of its life is left. */
  readonly due: boolean;
}

export interface RootCrlsOptions {
  readonly store: Pick<CrlStore, 'revoked' | 'findCrl'>;
  readonly acts: Pick<RevocationStore, 'importCrl'>;
  readonly authorities: PublishingAuthorities;
  readonly clock: () => number;
}

/** The CRLs of roots whose keys are kept elsewhere: asked for here, signed there, and published here. Rejects with RevocationError. */
export class RootCrls {
  readonly #options: RootCrlsOptions;

  constructor(options: RootCrlsOptions) {
    this.#options = options;
  }

  /** Of every such root that has not come to its end, oldest first. */
  list(): Promise<RootCrl[]> {
    return Promise.all(this.#roots().map((root) => this.#state(root)));
  }

  /** What the next CRL of a root has to hold. `root`: its id, or the name of an authority with one such root that is not revoked. */
  async request(root: string): Promise<CrlRequest> {
    const { record, certificate } = this.#find(root);
    const { authorities, clock } = this.#options;
    const now = clock();
    const subjects = new Map(
      authorities.list().map(({ fingerprint256, subject }) => [fingerprint256, subject]),
    );
    const contents = await this.#contents(record.id);
    const previous = await this.#published(record.id);
    return {
      authorityId: record.id,
      name: record.name,
      root: certificate,
      // The time, so that numbers ascend even after the database was put back to an earlier moment.
      crlNumber: Math.max(now, (previous?.number ?? 0) + 1),
      revoked: contents.flatMap(({ serialNumber, fingerprint256, revoked }) => {
        const subject = subjects.get(fingerprint256);
        return revoked === undefined
          ? []
          : {
              serialNumber,
              revokedAt: revoked.at,
              reason: writtenReason(revoked.reason),
              ...(subject === undefined ? {} : { subject }),
            };
      }),
      madeAt: now,
    };
  }

  /** Publishes a CRL that was signed elsewhere, in PEM. */
  async import({ crl: pem, actor }: { readonly crl: string; readonly actor: Actor }): Promise<RootCrl> {
    const { authorities, acts, clock } = this.#options;
    const crl = readCrl(pem);
    const root = signerOf(crl, this.#roots());
    const { id } = root.record;
    const previous = await this.#published(id);
    const { number, nextUpdate } = checkForm(crl, root, previous, clock());
    const lacking = missingFrom(crl, await this.#contents(id));
    if (lacking.length > 0) {
      throw refused(
        'crl_incomplete',
        `it lacks what is revoked here, by serial number: ${serialNumbers(lacking)}`,
      );
    }
    const good = signedAuthorities(authorities, id).filter(
      (status) => status.revoked === undefined && listsSerial(crl, status.serialNumber),
    );
    if (good.length > 0) {
      throw refused(
        'crl_contradicts',
        `it lists authorities that are good here, by serial number: ${serialNumbers(good)}; revoke them here first`,
      );
    }
    const { thisUpdate } = crl;
    const published: PublishedCrl = {
      authorityId: id,
      partition: firstPartition,
      number,
      thisUpdate,
      nextUpdate,
      scheduledNumber: number,
      scheduledAt: thisUpdate,
      baseNumber: number,
      baseAt: thisUpdate,
      complete: crl.der,
      delta: Buffer.alloc(0),
    };
    const stored = await acts.importCrl(
      { crl: published, previous: previous?.number },
      {
        actor,
        act: 'authority.crl_imported',
        object: { kind: 'authority', id },
        data: {
          crl_number: number,
          entries: crl.size,
          this_update: Math.floor(thisUpdate / 1000),
          next_update: Math.floor(nextUpdate / 1000),
        },
      },
    );
    if (!stored) {
      throw new RevocationError('contended', 'another CRL of this root was published at the same time');
    }
    return this.#state(root);
  }

  #roots(): OfflineRoot[] {
    const { authorities, clock } = this.#options;
    const now = clock();
    return authorities.list().flatMap((record) => {
      const certificate = authorities.certificate(record.id);
      const offline = record.kind === 'root' && record.signer === 'offline' && record.notAfter > now;
      return offline && certificate !== undefined ? { record, certificate } : [];
    });
  }

  #find(given: string): OfflineRoot {
    const roots = this.#roots();
    const byId = roots.find(({ record }) => record.id === given);
    if (byId !== undefined) return byId;
    const named = roots.filter(({ record }) => record.name === given);
    const good = named.filter(({ record }) => record.revokedAt === undefined);
    const [root, ...others] = good.length > 0 ? good : named;
    if (root !== undefined && others.length === 0) return root;
    if (root !== undefined) {
      const ids = [root, ...others].map(({ record }) => record.id).join(', ');
      throw new RevocationError('root_ambiguous', `authority ${given} has several roots: name one of ${ids}`);
    }
    const known = this.#options.authorities.list().some(({ id, name }) => id === given || name === given);
    throw known
      ? new RevocationError('root_not_offline', `${given} has no root whose key is kept offline`)
      : new RevocationError('authority_unknown', `there is no authority ${given}`);
  }

  async #state(root: OfflineRoot): Promise<RootCrl> {
    const { record } = root;
    const published = await this.#published(record.id);
    const contents = await this.#contents(record.id);
    if (published === undefined) {
      const lacking = contents.length;
      return { root: record, state: 'none', lacking, due: lacking > 0 || this.#isLookedFor(record.id) };
    }
    const { thisUpdate, nextUpdate } = published;
    const left = nextUpdate - this.#options.clock();
    const lacking = missingFrom(CertificateRevocationList.parse(published.complete), contents).length;
    const state = left <= 0 ? 'expired' : lacking > 0 ? 'incomplete' : 'current';
    const due = lacking > 0 || left < (nextUpdate - thisUpdate) / 4;
    return { root: record, state, published, lacking, due };
  }

  /** Whether an authority under the root says where the CRL is; those from before it could be published do not. */
  #isLookedFor(rootId: string): boolean {
    const { authorities } = this.#options;
    return authorities
      .list()
      .some(
        ({ id, parentId }) =>
          parentId === rootId && authorities.certificate(id)?.crlDistributionPoints !== undefined,
      );
  }

  #published(authorityId: string): Promise<PublishedCrl | undefined> {
    return this.#options.store.findCrl({ authorityId, partition: firstPartition });
  }

  #contents(authorityId: string): Promise<CertificateStatus[]> {
    return readContents(this.#options, { authorityId, partition: firstPartition }, this.#options.clock());
  }
}

function missingFrom(
  crl: CertificateRevocationList,
  contents: readonly CertificateStatus[],
): CertificateStatus[] {
  return contents.filter(({ serialNumber }) => !listsSerial(crl, serialNumber));
}

function serialNumbers(statuses: readonly CertificateStatus[]): string {
  return statuses
    .slice(0, 10)
    .map(({ serialNumber }) => serialNumber)
    .join(', ');
}
