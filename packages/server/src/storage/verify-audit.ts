import { type FileHandle, open } from 'node:fs/promises';
import { parseSealLine, type Seal, SealHash, sealIsSigned } from '../events/index.ts';
import type { Reader } from './database.ts';
import { StorageError } from './errors.ts';
import { withSnapshot } from './open-snapshot.ts';
import { sealEndingAt, sealedEvents, sealsAfter } from './queries/seals.ts';

/**
 * - `malformed_seal`: a line of the file is no seal
 * - `bad_signature`: a seal is not signed by the key that it names
 * - `other_key`: a seal is signed by another key than the first one
 * - `seal_missing`: a seal of the file is not in the database
 * - `seal_changed`: the database has another seal for this stretch than the file
 * - `chain_broken`: the database's seals leave a stretch out
 * - `events_changed`: an event of this stretch was changed, removed or put in
 */
export type AuditFailureCode =
  | 'malformed_seal'
  | 'bad_signature'
  | 'other_key'
  | 'seal_missing'
  | 'seal_changed'
  | 'chain_broken'
  | 'events_changed';

export interface AuditFailure {
  readonly code: AuditFailureCode;
  /** The stretch of sequences that it is about. */
  readonly from?: number;
  readonly to?: number;
  /** Line of the file, from 1. */
  readonly line?: number;
}

export interface AuditReport {
  readonly valid: boolean;
  /** The first hundred. */
  readonly failures: readonly AuditFailure[];
  /** How many seals of the file were held against the database; `undefined` without a file. */
  readonly heldSeals: number | undefined;
  /** Everything up to this sequence is sealed. */
  readonly sealedTo: number;
  readonly sealedEvents: number;
  /** Events after the last seal, which nothing vouches for yet. */
  readonly unsealedEvents: number;
}

const page = 1_000;
const maxFailures = 100;

/**
 * Recomputes the seals of a feed from its events, in one moment of the database, also while a server runs on it. With
 * `sealFile`, a file of seals held elsewhere, it finds every change before the last of them, even by someone who has
 * the database and the keys; without, only by someone who has not the seal key. Throws StorageError `unreachable`,
 * `corrupt` or `newer_version`.
 */
export async function verifyAudit(options: {
  readonly url: string;
  readonly sealFile?: string;
}): Promise<AuditReport> {
  return withSnapshot(options.url, async ({ reader }) => {
    const failures: AuditFailure[] = [];
    const found = (failure: AuditFailure) => {
      if (failures.length < maxFailures) failures.push(failure);
    };
    const held =
      options.sealFile === undefined ? undefined : await verifyHeld(reader, options.sealFile, found);
    const { sealedTo, events } = await verifyChain(reader, held?.publicKey, found);
    const [rest] = await reader.all<{ count: number }>(
      'SELECT count(*) AS count FROM events WHERE sequence > ?',
      [sealedTo],
    );
    return {
      valid: failures.length === 0,
      failures,
      heldSeals: held?.count,
      sealedTo,
      sealedEvents: events,
      unsealedEvents: rest?.count ?? 0,
    };
  });
}

type Found = (failure: AuditFailure) => void;

async function verifyHeld(
  reader: Reader,
  path: string,
  found: Found,
): Promise<{ count: number; publicKey: string | undefined }> {
  let line = 0;
  let count = 0;
  let publicKey: string | undefined;
  for await (const text of linesOf(path)) {
    line += 1;
    if (text === '') continue;
    const seal = parseSealLine(text);
    if (seal === undefined) {
      found({ code: 'malformed_seal', line });
      continue;
    }
    count += 1;
    publicKey ??= seal.publicKey;
    const { from, to } = seal;
    if (seal.publicKey !== publicKey) found({ code: 'other_key', from, to, line });
    if (!sealIsSigned(seal)) found({ code: 'bad_signature', from, to, line });
    const stored = await sealEndingAt(reader, to);
    if (stored === undefined) found({ code: 'seal_missing', from, to, line });
    else if (stored.hash !== seal.hash || stored.from !== from)
      found({ code: 'seal_changed', from, to, line });
  }
  return { count, publicKey };
}

async function verifyChain(
  reader: Reader,
  heldKey: string | undefined,
  found: Found,
): Promise<{ sealedTo: number; events: number }> {
  let previous: Seal | undefined;
  let key = heldKey;
  let events = 0;
  for (let count = page; count === page; ) {
    const seals = await sealsAfter(reader, previous?.to ?? 0, page);
    count = seals.length;
    for (const seal of seals) {
      const { from, to } = seal;
      key ??= seal.publicKey;
      if (seal.publicKey !== key) found({ code: 'other_key', from, to });
      if (!sealIsSigned(seal)) found({ code: 'bad_signature', from, to });
      if (from !== (previous?.to ?? 0) + 1)
        found({ code: 'chain_broken', from: (previous?.to ?? 0) + 1, to });
      const hashed = await hashOf(reader, previous, seal);
      if (hashed.hash !== seal.hash) found({ code: 'events_changed', from, to });
      events += hashed.events;
      previous = seal;
    }
  }
  return { sealedTo: previous?.to ?? 0, events };
}

/** The first stretch begins below every number, so that nothing can be put in before it. */
async function hashOf(
  reader: Reader,
  previous: Seal | undefined,
  seal: Seal,
): Promise<{ hash: string; events: number }> {
  const hash = new SealHash(previous, seal.from, seal.to);
  let after = previous?.to ?? Number.MIN_SAFE_INTEGER;
  let events = 0;
  for (let count = page; count === page; ) {
    const rows = await sealedEvents(reader, after, seal.to, page);
    count = rows.length;
    events += count;
    for (const event of rows) hash.add(event);
    after = rows[count - 1]?.[0] ?? after;
  }
  return { hash: hash.digest(), events };
}

async function* linesOf(path: string): AsyncIterable<string> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new StorageError('unreachable', `the file of seals ${path} cannot be read (${code})`, error);
  }
  try {
    yield* file.readLines();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new StorageError('unreachable', `the file of seals ${path} cannot be read (${code})`, error);
  } finally {
    await file.close();
  }
}
