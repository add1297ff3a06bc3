import type { DenylistEntry } from '@mortise/resource-server';
import type { DenylistNews, Event, EventDraft, EventObjectKind, JsonObject } from '../../events/index.ts';
import { type Reader, Sent, type Transaction, type Value } from '../database.ts';

export interface EventRow {
  sequence: number;
  at: number;
  actor: string;
  act: string;
  object_kind: string;
  object_id: string;
  client_id: string | null;
  data: string | null;
  denylist: string | null;
}

export const eventColumns = 'sequence, at, actor, act, object_kind, object_id, client_id, data, denylist';

export function eventFromRow(row: EventRow): Event {
  return {
    sequence: row.sequence,
    at: row.at,
    actor: row.actor,
    act: row.act,
    object: { kind: row.object_kind as EventObjectKind, id: row.object_id },
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
    ...(row.data === null ? {} : { data: JSON.parse(row.data) as JsonObject }),
    ...(row.denylist === null ? {} : { denylist: JSON.parse(row.denylist) as DenylistNews }),
  };
}

/**
 * Writes events and their denylist rows. They have to come after the rows of their act: whoever holds those has the lower
 * sequence and has committed before, so that the feed shows the acts on one object in the order in which they happened.
 */
export async function appendEvents(
  transaction: Transaction,
  drafts: readonly EventDraft[],
  at: number,
): Promise<Sent<Event[]>> {
  if (drafts.length === 0) return new Sent(Promise.resolve([]));
  const numbered = numberEvents(transaction, drafts, at);
  if (drafts.every(({ denylist }) => denylist === undefined)) return new Sent(numbered);
  const events = await numbered;
  const denied = events.map((event) => writeDenylist(transaction, event));
  return new Sent(Promise.all(denied).then(() => events));
}

async function numberEvents(
  transaction: Transaction,
  drafts: readonly EventDraft[],
  at: number,
): Promise<Event[]> {
  const rows = await transaction.all<{ sequence: number }>(
    `INSERT INTO events (at, actor, act, object_kind, object_id, client_id, data, denylist)
     VALUES ${drafts.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')} RETURNING sequence`,
    drafts.flatMap((draft) => eventValues(draft, at)),
  );
  // Rows are numbered in the order of the values, but may be returned in another.
  const sequences = rows.map(({ sequence }) => sequence).sort((one, other) => one - other);
  return drafts.map((draft, index): Event => ({ ...draft, sequence: sequences[index]!, at }));
}

function eventValues(draft: EventDraft, at: number): Value[] {
  return [
    at,
    draft.actor,
    draft.act,
    draft.object.kind,
    draft.object.id,
    draft.clientId ?? null,
    draft.data === undefined ? null : JSON.stringify(draft.data),
    draft.denylist === undefined ? null : JSON.stringify(draft.denylist),
  ];
}

/** Sent in order, which is the order in which it is done. */
async function writeDenylist(transaction: Transaction, event: Event): Promise<void> {
  const { remove = [], add = [] } = event.denylist ?? {};
  await Promise.all([
    ...remove.map((key) =>
      transaction.run('DELETE FROM denylist WHERE kind = ? AND id = ? AND has_epoch = ?', [
        key.kind,
        key.id,
        hasEpoch(key),
      ]),
    ),
    ...add.map((entry) => addToDenylist(transaction, entry, event)),
  ]);
}

/** As `Denylist.apply`: the higher epoch and the later expiry are kept, none being the latest. */
async function addToDenylist(transaction: Transaction, entry: DenylistEntry, event: Event): Promise<void> {
  await transaction.run(
    `INSERT INTO denylist (kind, id, has_epoch, epoch, expires_at, client_id, sequence)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, id, has_epoch) DO UPDATE SET
       epoch = CASE WHEN denylist.epoch > excluded.epoch THEN denylist.epoch ELSE excluded.epoch END,
       expires_at = CASE
         WHEN denylist.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
         WHEN denylist.expires_at > excluded.expires_at THEN denylist.expires_at
         ELSE excluded.expires_at END,
       client_id = coalesce(excluded.client_id, denylist.client_id),
       sequence = excluded.sequence`,
    [
      entry.kind,
      entry.id,
      hasEpoch(entry),
      hasEpoch(entry) === 1 ? (entry.epoch ?? null) : null,
      entry.expiresAt ?? null,
      event.clientId ?? null,
      event.sequence,
    ],
  );
}

/** Only clients have epochs. */
function hasEpoch(key: { readonly kind: string; readonly epoch?: number }): 0 | 1 {
  return key.kind === 'client' && key.epoch !== undefined ? 1 : 0;
}

/** Events after a sequence, oldest first. */
export async function eventsAfter(reader: Reader, after: number, limit: number): Promise<Event[]> {
  const rows = await reader.all<EventRow>(
    `SELECT ${eventColumns} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    [after, limit],
  );
  return rows.map(eventFromRow);
}
