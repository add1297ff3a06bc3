import { Certificate, type RawExtension } from '@mortise/x509';
import type { AuthorityRecord } from '../authority-record.ts';
import { followedIntermediate } from '../followed-intermediate.ts';
import { inheritedConstraints } from '../inherited-constraints.ts';
import type { AuthorityStore } from '../store.ts';
import { RolloverError } from './rollover-error.ts';
import type { RolloverRecord } from './rollover-record.ts';
import { nextStep, phaseOf, type RolloverPhase } from './rollover-status.ts';
import type { RolloverStore } from './store.ts';

/** The rollovers and authorities of this server in memory, as they were read last. There are few of them. */
export class KnownRollovers {
  readonly #store: Pick<RolloverStore, 'listRollovers'>;
  readonly #authorityStore: Pick<AuthorityStore, 'listAuthorities'>;
  /** Oldest first. */
  rollovers: readonly RolloverRecord[] = [];
  authorities: readonly AuthorityRecord[] = [];
  #readings = 0;
  #lastReading = 0;

  constructor(
    store: Pick<RolloverStore, 'listRollovers'>,
    authorities: Pick<AuthorityStore, 'listAuthorities'>,
  ) {
    this.#store = store;
    this.#authorityStore = authorities;
  }

  async read(): Promise<void> {
    const reading = ++this.#readings;
    const [rollovers, authorities] = await Promise.all([
      this.#store.listRollovers(),
      this.#authorityStore.listAuthorities(),
    ]);
    // One that began later has been here: it saw more.
    if (reading < this.#lastReading) return;
    this.#lastReading = reading;
    this.rollovers = rollovers;
    this.authorities = authorities;
  }

  /**
   * The cross-certificate by which whoever trusts the old root alone gets to a chain under the new one, from the switch until the old
   * root is retired. `last`: the last certificate of the chain.
   */
  bridge(last: Certificate): Certificate | undefined {
    const cross = this.crossCertificate(last);
    const record = this.rollovers.findLast(
      ({ newByOld }) => cross !== undefined && newByOld?.equals(cross.der) === true,
    );
    return record !== undefined && this.phase(record) === 'switched' ? cross : undefined;
  }

  /**
   * The cross-certificate that leads on from the last of a chain: with it, whoever trusts only the other root of a
   * rollover under way gets there too. Undefined where there is none.
   */
  crossCertificate(last: Certificate): Certificate | undefined {
    for (const record of [...this.rollovers].reverse()) {
      const phase = this.phase(record);
      if (phase !== 'published' && phase !== 'switched') continue;
      for (const der of [record.newByOld, record.oldByNew]) {
        if (der === undefined) continue;
        const cross = Certificate.parse(der);
        const signer = last.authorityKeyIdentifier?.keyIdentifier;
        if (signer === undefined || cross.subjectKeyIdentifier?.equals(signer) !== true) continue;
        if (cross.subject.equals(last.issuer)) return cross;
      }
    }
    return undefined;
  }

  phase(record: RolloverRecord): RolloverPhase {
    return phaseOf(record, (id) => this.authorities.find((one) => one.id === id));
  }

  /** Throws RolloverError `rollover_unknown`. */
  latest(name: string): RolloverRecord {
    const found = this.rollovers.findLast((record) => record.name === name);
    if (found !== undefined) return found;
    throw new RolloverError('rollover_unknown', `authority ${name} was never rolled over`);
  }

  /** Throws RolloverError. */
  authority(id: string): AuthorityRecord {
    const found = this.authorities.find((record) => record.id === id);
    if (found !== undefined) return found;
    throw new RolloverError('contended', `authority ${id} is not known here yet`);
  }

  /** The root that is replaced: the newest of the authority that signs. Throws RolloverError `root_unusable`. */
  usableRoot(name: string, now: number): AuthorityRecord {
    const root = this.authorities.findLast(
      (record) =>
        record.name === name &&
        record.kind === 'root' &&
        record.state === 'active' &&
        record.revokedAt === undefined &&
        record.notAfter > now,
    );
    if (root === undefined)
      throw new RolloverError('root_unusable', `authority ${name} has no root that signs`);
    return root;
  }

  /** Throws RolloverError `rollover_in_progress`. */
  refuseUnderWay(name: string): void {
    const under = this.rollovers.some((record) => record.name === name && nextStep(this.phase(record)));
    if (!under) return;
    throw new RolloverError('rollover_in_progress', `authority ${name} is being rolled over already`);
  }

  /** The name constraints of the intermediate that issues under a root, or that did last, which the one that follows it shall have too. */
  nameConstraints(rootId: string, now: number): RawExtension | undefined {
    return inheritedConstraints(this.#directlyUnder(rootId), now);
  }

  /** The intermediate that issues under a root, or that did last; undefined where none ever did. */
  followedIntermediate(rootId: string, now: number): AuthorityRecord | undefined {
    return followedIntermediate(this.#directlyUnder(rootId), now);
  }

  /** Whether an authority is on record, as the database has it now. */
  async isRecorded(id: string): Promise<boolean> {
    await this.read();
    return this.authorities.some((record) => record.id === id);
  }

  /** Ids of a root and of everything under it. */
  under(rootId: string): string[] {
    const found = new Set([rootId]);
    for (const { id, parentId } of this.authorities) {
      if (parentId !== undefined && found.has(parentId)) found.add(id);
    }
    return [...found];
  }

  #directlyUnder(rootId: string): AuthorityRecord[] {
    return this.authorities.filter(({ parentId }) => parentId === rootId);
  }
}
