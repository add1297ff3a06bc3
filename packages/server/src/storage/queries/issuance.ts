import type { IssueAct, IssueConflict, IssueOutcome } from '../../authority/index.ts';
import type { Event, EventDraft } from '../../events/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { StorageError } from '../errors.ts';
import { insertCertificates } from './certificate-rows.ts';
import { insertCredential } from './credential-rows.ts';
import { assertNoConflicts, findConflicts, isConflict } from './issue-conflicts.ts';

interface Recorded {
  readonly act: IssueAct;
  readonly events: readonly EventDraft[];
}

interface Waiting extends Recorded {
  readonly resolve: (outcome: IssueOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

/** How many certificates share one transaction at most. */
const maxGroup = 32;
/**
 * How many groups are under way at once, and how many certificates are enough for one that nobody else needs to join. SQLite has one
 * writer, and a commit costs more than what is in it. PostgreSQL writes one group while the next is signed here.
 */
const grouping = {
  sqlite: { running: 1, enough: maxGroup },
  postgres: { running: 2, enough: 8 },
} as const;

/** How long a few wait for the group that is under way. */
const mostPatienceMs = 20;

/** Records issued certificates. Those that are issued at the same time are written together, by few statements. */
export class Issuance {
  readonly #acts: Acts;
  readonly #limits: (typeof grouping)[keyof typeof grouping];
  #waiting: Waiting[] = [];
  #running = 0;
  #gathering = false;
  #overdue: NodeJS.Timeout | undefined;

  constructor(acts: Acts) {
    this.#acts = acts;
    this.#limits = grouping[acts.database.dialect];
  }

  record(act: IssueAct, events: readonly EventDraft[]): Promise<IssueOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ act, events, resolve, reject });
      void this.#gather();
    });
  }

  /**
   * Starts the groups that may start: of enough, or of those that are there when nothing is under way and those that are being signed
   * now had their turns to join. The end of a group gathers again; `overdue`: it has not come, because a lock is waited for. Nothing is
   * awaited between the decision to stop and the end, so that no end is missed.
   */
  async #gather(overdue = false): Promise<void> {
    if (this.#gathering) return;
    this.#gathering = true;
    const { running, enough } = this.#limits;
    for (let known = 0; this.#waiting.length > 0 && this.#running < running; ) {
      const there = this.#waiting.length;
      if (there < enough && this.#running > 0 && !overdue) {
        this.#overdue ??= setTimeout(() => {
          this.#overdue = undefined;
          void this.#gather(true);
        }, mostPatienceMs);
        break;
      }
      if (there < enough && there > known) {
        known = there;
        await new Promise((resume) => setImmediate(resume));
      } else {
        known = 0;
        this.#start(this.#waiting.splice(0, maxGroup));
      }
    }
    this.#gathering = false;
  }

  #start(group: readonly Waiting[]): void {
    clearTimeout(this.#overdue);
    this.#overdue = undefined;
    this.#running += 1;
    void this.#recordGroup(group).finally(() => {
      this.#running -= 1;
      void this.#gather();
    });
  }

  async #recordGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#recordTogether(group);
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index]!);
    } catch (error) {
      // One of them may have been the reason; the others need not suffer from it. Not so where the database was away, which may have recorded them all.
      if (group.length === 1 || isAway(error)) for (const { reject } of group) reject(error);
      else await Promise.all(group.map((one) => this.#recordAlone(one)));
    }
  }

  /** On PostgreSQL first as if nothing could be refused, since that takes one round trip. */
  async #recordTogether(group: readonly Recorded[]): Promise<IssueOutcome[]> {
    if (this.#acts.database.dialect === 'postgres') {
      try {
        return await this.#acts.act((transaction) => recordAll(transaction, group));
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
    return this.#acts.act((transaction) => recordAccepted(transaction, group));
  }

  async #recordAlone({ act, events, resolve, reject }: Waiting): Promise<void> {
    await this.#acts.act((transaction) => recordIssued(transaction, act, events)).then(resolve, reject);
  }
}

function isAway(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'unreachable';
}

/** Records a certificate and its credential, or undoes the act that it is part of. */
export async function recordIssued(
  transaction: Transaction,
  act: IssueAct,
  events: readonly EventDraft[],
): Promise<ActResult<IssueOutcome>> {
  const conflict = (await findConflicts(transaction, [act])).get(act);
  if (conflict !== undefined) undo({ done: false, conflict });
  return {
    events,
    written: write(transaction, [act]),
    outcome: (written) => ({ done: true, event: written[written.length - 1] as Event }),
  };
}

/** Records a group if none of it is refused, and otherwise fails. Sends everything at once. */
async function recordAll(
  transaction: Transaction,
  group: readonly Recorded[],
): Promise<ActResult<IssueOutcome[]>> {
  const acts = group.map(({ act }) => act);
  return {
    events: group.flatMap(({ events }) => events),
    written: Promise.all([assertNoConflicts(transaction, acts), write(transaction, acts)]),
    outcome: (written) => outcomes(group, new Map(), written),
  };
}

/** Records those of a group that are not refused. */
async function recordAccepted(
  transaction: Transaction,
  group: readonly Recorded[],
): Promise<ActResult<IssueOutcome[]>> {
  const conflicts = await findConflicts(
    transaction,
    group.map(({ act }) => act),
  );
  const accepted = group.filter(({ act }) => !conflicts.has(act));
  return {
    events: accepted.flatMap(({ events }) => events),
    written: write(
      transaction,
      accepted.map(({ act }) => act),
    ),
    outcome: (written) => outcomes(group, conflicts, written),
  };
}

/** Of each of a group, in its order, with the last of its events. */
function outcomes(
  group: readonly Recorded[],
  conflicts: ReadonlyMap<IssueAct, IssueConflict>,
  written: readonly Event[],
): IssueOutcome[] {
  let end = 0;
  return group.map(({ act, events }): IssueOutcome => {
    const conflict = conflicts.get(act);
    if (conflict !== undefined) return { done: false, conflict };
    end += events.length;
    return { done: true, event: written[end - 1] as Event };
  });
}

/** Sends everything before it waits for any of it. */
async function write(transaction: Transaction, acts: readonly IssueAct[]): Promise<void> {
  if (acts.length === 0) return;
  await Promise.all([
    insertCertificates(
      transaction,
      acts.map(({ certificate }) => certificate),
    ),
    ...acts.map(({ certificate, credential }) =>
      credential === undefined || certificate.clientId === undefined
        ? undefined
        : insertCredential(transaction, certificate.clientId, credential),
    ),
  ]);
}
