import { randomBytes } from 'node:crypto';
import type { Actor, EventDraft, JsonObject } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import type { IssuedCertificate } from '../issued-certificate.ts';
import {
  hasKeyType,
  type Recall,
  type RecallFilter,
  type RecallProgress,
  type ReplacementState,
  recalls,
  replacementStates,
} from './recall.ts';
import type { RecalledCertificate, RecallStore } from './store.ts';

/** How many certificates are looked at in one go: others are answered between. */
const chunk = 500;

export interface RecallsOptions {
  readonly store: RecallStore;
  readonly authorities: {
    list(): readonly { readonly id: string; readonly parentId?: string }[];
  };
  readonly clock: () => number;
}

/** Recalls: made, followed, ended; and asked by renewal information. */
export class Recalls {
  readonly #options: RecallsOptions;

  constructor(options: RecallsOptions) {
    this.#options = options;
  }

  /** Recalls at once, on every node. Rejects with AuthorityError `authority_unknown`. */
  async create(options: {
    readonly filter: RecallFilter;
    readonly explanationUrl?: string;
    readonly actor: Actor;
  }): Promise<Recall> {
    const recall = this.#make(options);
    await this.#options.store.addRecall(
      recall,
      recallEvent('recall.created', recall.id, options.actor, filterData(recall)),
    );
    return recall;
  }

  /** What a recall of these would be about, without one. Rejects with AuthorityError `authority_unknown`. */
  async preview(filter: RecallFilter): Promise<RecallProgress> {
    return this.progress(this.#make({ filter, actor: 'system' }));
  }

  find(id: string): Promise<Recall | undefined> {
    return this.#options.store.findRecall(id);
  }

  /** The newest first, ended ones included. */
  list(): Promise<Recall[]> {
    return this.#options.store.listRecalls(false);
  }

  /** Whether it was under way. */
  end(id: string, by: { readonly actor: Actor }): Promise<boolean> {
    const { store, clock } = this.#options;
    return store.endRecall({ id, at: clock() }, recallEvent('recall.ended', id, by.actor, {}));
  }

  /** The first recall under way that is about a certificate. */
  async of(certificate: IssuedCertificate): Promise<Recall | undefined> {
    const underWay = await this.#options.store.listRecalls(true);
    return underWay.findLast((recall) => recalls(recall, certificate));
  }

  async progress(recall: Recall): Promise<RecallProgress> {
    const counts = recall.filter.keyType === undefined ? await this.#count(recall) : await this.#look(recall);
    const certificates = replacementStates.reduce((sum, state) => sum + counts[state], 0);
    return { certificates, ...counts };
  }

  /** In the order of the fingerprints, those after `after`; at most `limit`. */
  async certificates(
    recall: Recall,
    page: { readonly state?: ReplacementState; readonly after?: string; readonly limit: number },
  ): Promise<RecalledCertificate[]> {
    const found: RecalledCertificate[] = [];
    for await (const one of this.#recalled(recall, page.after)) {
      if (page.state !== undefined && one.state !== page.state) continue;
      found.push(one);
      if (found.length === page.limit) break;
    }
    return found;
  }

  #make(options: {
    readonly filter: RecallFilter;
    readonly explanationUrl?: string;
    readonly actor: Actor;
  }): Recall {
    const { filter, explanationUrl, actor } = options;
    const authorityIds =
      filter.authorityId === undefined ? undefined : this.#withThoseUnder(filter.authorityId);
    return {
      id: `recall_${randomBytes(12).toString('base64url')}`,
      filter: { ...filter, ...(authorityIds === undefined ? {} : { authorityIds }) },
      ...(explanationUrl === undefined ? {} : { explanationUrl }),
      createdAt: this.#options.clock(),
      createdBy: actor,
    };
  }

  #withThoseUnder(authorityId: string): string[] {
    const all = this.#options.authorities.list();
    if (!all.some(({ id }) => id === authorityId)) {
      throw new AuthorityError('authority_unknown', `there is no authority ${authorityId.slice(0, 200)}`);
    }
    const ids = [authorityId];
    for (const upper of ids) {
      for (const { id, parentId } of all) if (parentId === upper && !ids.includes(id)) ids.push(id);
    }
    return ids;
  }

  async #count(recall: Recall): Promise<Readonly<Record<ReplacementState, number>>> {
    const { store, clock } = this.#options;
    const sum = { replaced: 0, revoked: 0, expired: 0, outstanding: 0 };
    const at = clock();
    for (let after: string | undefined; ; ) {
      const page = { recall, at, ...(after === undefined ? {} : { after }), limit: chunk };
      const { counts, next } = await store.countRecalled(page);
      for (const state of replacementStates) sum[state] += counts[state];
      if (next === undefined) return sum;
      after = next;
    }
  }

  async #look(recall: Recall): Promise<Readonly<Record<ReplacementState, number>>> {
    const sum = { replaced: 0, revoked: 0, expired: 0, outstanding: 0 };
    for await (const { state } of this.#recalled(recall, undefined)) sum[state] += 1;
    return sum;
  }

  async *#recalled(recall: Recall, from: string | undefined): AsyncGenerator<RecalledCertificate> {
    const { store, clock } = this.#options;
    const at = clock();
    for (let after = from; ; ) {
      const page = { recall, at, ...(after === undefined ? {} : { after }), limit: chunk };
      const found = await store.listRecalled(page);
      for (const one of found) if (hasKeyType(recall, one.certificate.certificate)) yield one;
      if (found.length < chunk) return;
      after = found.at(-1)!.certificate.fingerprint256;
    }
  }
}

function recallEvent(act: string, id: string, actor: Actor, data: JsonObject): EventDraft {
  return { actor, act, object: { kind: 'recall', id }, data };
}

function filterData({ filter, explanationUrl }: Recall): JsonObject {
  const seconds = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : Math.floor(at / 1000);
  const data = {
    authority_id: filter.authorityId,
    profile: filter.profile,
    key_type: filter.keyType,
    issued_from: seconds(filter.issuedFrom),
    issued_until: seconds(filter.issuedUntil),
    explanation_url: explanationUrl,
  };
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}
