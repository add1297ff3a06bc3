import type { IssueAct, IssueConflict, IssueOutcome } from '../../authority/index.ts';
import type { Event, EventDraft } from '../../events/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { placeholders } from '../statement-text.ts';
import { insertCertificates } from './certificate-rows.ts';
import { insertCredential } from './credential-rows.ts';

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
/** How many groups are under way at once: SQLite has one writer, PostgreSQL makes several commits durable together. */
const maxRunning = { sqlite: 1, postgres: 2 } as const;

/** Records issued certificates. Those that are issued at the same time are written together, by few statements. */
export class Issuance {
  readonly #acts: Acts;
  #waiting: Waiting[] = [];
  #running = 0;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  record(act: IssueAct, events: readonly EventDraft[]): Promise<IssueOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ act, events, resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    if (this.#running >= maxRunning[this.#acts.database.dialect] || this.#waiting.length === 0) return;
    this.#running += 1;
    void this.#recordGroup().finally(() => {
      this.#running -= 1;
      this.#start();
    });
  }

  async #recordGroup(): Promise<void> {
    await this.#othersJoined();
    const group = this.#waiting.splice(0, maxGroup);
    if (group.length === 0) return;
    try {
      const outcomes = await this.#acts.act((transaction) => recordTogether(transaction, group));
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index]!);
    } catch (error) {
      // One of them may have been the reason; the others need not suffer from it.
      if (group.length === 1) group[0]!.reject(error);
      else await Promise.all(group.map((one) => this.#recordAlone(one)));
    }
  }

  /** Lets those that are being signed now join: a commit costs more than what is in it. Ends with the first turn in which nobody came. */
  async #othersJoined(): Promise<void> {
    for (let known = 0; known < this.#waiting.length && known < maxGroup; ) {
      known = this.#waiting.length;
      await new Promise((resume) => setImmediate(resume));
    }
  }

  async #recordAlone({ act, events, resolve, reject }: Waiting): Promise<void> {
    await this.#acts.act((transaction) => recordIssued(transaction, act, events)).then(resolve, reject);
  }
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

async function recordTogether(
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
    outcome: (written) => {
      let end = 0;
      return group.map(({ act, events }): IssueOutcome => {
        const conflict = conflicts.get(act);
        if (conflict !== undefined) return { done: false, conflict };
        end += events.length;
        return { done: true, event: written[end - 1] as Event };
      });
    },
  };
}

/** Holds the rows that a certificate rests on, its client's and its authority's, in one order on all nodes. */
async function findConflicts(
  transaction: Transaction,
  acts: readonly IssueAct[],
): Promise<Map<IssueAct, IssueConflict>> {
  const clientIds = distinct(acts.map(({ certificate }) => certificate.clientId));
  const authorityIds = distinct(acts.map(({ certificate }) => certificate.authorityId));
  const keys = distinct(acts.map(({ certificate }) => certificate.spkiSha256));
  // Sent together, done in this order.
  const [clients, active, known] = await Promise.all([
    clientIds.length === 0
      ? []
      : transaction.all<{ client_id: string; status: string }>(
          `SELECT client_id, status FROM clients WHERE client_id IN (${placeholders(clientIds.length)})
           ORDER BY client_id FOR UPDATE`,
          clientIds,
        ),
    transaction.all<{ id: string }>(
      `SELECT id FROM authorities WHERE revoked_at IS NULL AND id IN (${placeholders(authorityIds.length)})
       ORDER BY id FOR SHARE`,
      authorityIds,
    ),
    transaction.all<{ spki_sha256: string }>(
      `SELECT spki_sha256 FROM certificates
       WHERE spki_sha256 IN (${placeholders(keys.length)}) AND revocation_reason = 'key_compromise'`,
      keys,
    ),
  ]);
  const statuses = new Map(clients.map(({ client_id, status }) => [client_id, status]));
  const issuers = new Set(active.map(({ id }) => id));
  const compromised = new Set(known.map(({ spki_sha256 }) => spki_sha256));
  const conflicts = new Map<IssueAct, IssueConflict>();
  for (const act of acts) {
    const { clientId, authorityId, spkiSha256 } = act.certificate;
    const status = clientId === undefined ? 'active' : statuses.get(clientId);
    if (status === undefined) conflicts.set(act, 'client_unknown');
    else if (status !== 'active') conflicts.set(act, 'client_not_active');
    else if (!issuers.has(authorityId)) conflicts.set(act, 'authority_revoked');
    else if (compromised.has(spkiSha256)) conflicts.set(act, 'key_compromised');
  }
  return conflicts;
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

function distinct(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids)].filter((id) => id !== undefined).sort();
}
