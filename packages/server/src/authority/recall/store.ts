import type { EventDraft } from '../../events/index.ts';
import type { IssuedCertificate } from '../issued-certificate.ts';
import type { Recall, ReplacementState } from './recall.ts';

/** A certificate that a recall is about, but for the kind of its key, which is not looked at here. */
export interface RecalledCertificate {
  readonly certificate: IssuedCertificate;
  readonly state: ReplacementState;
}

/** Where recalls live. What changes one resolves when it is durable, with its event. */
export interface RecallStore {
  addRecall(recall: Recall, event: EventDraft): Promise<void>;
  /** Whether it was under way: `false`, and nothing done, if not. */
  endRecall(act: { readonly id: string; readonly at: number }, event: EventDraft): Promise<boolean>;
  findRecall(id: string): Promise<Recall | undefined>;
  /** The newest first; `underWay`: without those that were ended. */
  listRecalls(underWay: boolean): Promise<Recall[]>;
  /**
   * How many certificates are in each state at `at`, among the next `limit` that were good when the recall was made, in the
   * order of the fingerprints, those after `after`. `next`: the last one looked at, if there may be more.
   */
  countRecalled(page: RecallPage): Promise<{
    readonly counts: Readonly<Record<ReplacementState, number>>;
    readonly next?: string;
  }>;
  /** The same certificates themselves. */
  listRecalled(page: RecallPage): Promise<RecalledCertificate[]>;
}

export interface RecallPage {
  readonly recall: Recall;
  readonly at: number;
  readonly after?: string;
  readonly limit: number;
}
