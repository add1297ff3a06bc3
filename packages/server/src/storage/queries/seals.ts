import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type Seal, type SealedEvent, SealHash, type SealKey, signSeal } from '../../events/index.ts';
import type { Database, Reader, Transaction } from '../database.ts';
import type { Sealer } from '../sealer.ts';
import { type EventRow, eventColumns } from './events.ts';
import { holdMutex } from './mutexes.ts';

const keyPurpose = 'key that seals the feed';
/** How many events one seal covers at most. */
const maxBatch = 1_000;

interface SealRow {
  to_sequence: number;
  from_sequence: number;
  hash: string;
  signature: string;
  public_key: string;
  at: number;
}

const sealColumns = 'to_sequence, from_sequence, hash, signature, public_key, at';

/** Seals after a sequence, in their order. */
export async function sealsAfter(reader: Reader, after: number, limit: number): Promise<Seal[]> {
  const rows = await reader.all<SealRow>(
    `SELECT ${sealColumns} FROM seals WHERE to_sequence > ? ORDER BY to_sequence LIMIT ?`,
    [after, limit],
  );
  return rows.map(sealFromRow);
}

/** The seal that ends with this sequence. */
export async function sealEndingAt(reader: Reader, to: number): Promise<Seal | undefined> {
  const [row] = await reader.all<SealRow>(`SELECT ${sealColumns} FROM seals WHERE to_sequence = ?`, [to]);
  return row === undefined ? undefined : sealFromRow(row);
}

export async function lastSeal(reader: Reader): Promise<Seal | undefined> {
  const [row] = await reader.all<SealRow>(
    `SELECT ${sealColumns} FROM seals ORDER BY to_sequence DESC LIMIT 1`,
  );
  return row === undefined ? undefined : sealFromRow(row);
}

/** Events as they are hashed, after a sequence and up to another, in their order. */
export async function sealedEvents(
  reader: Reader,
  after: number,
  to: number,
  limit: number,
): Promise<SealedEvent[]> {
  const rows = await reader.all<EventRow>(
    `SELECT ${eventColumns} FROM events WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
    [after, to, limit],
  );
  return rows.map((row) => [
    row.sequence,
    row.at,
    row.actor,
    row.act,
    row.object_kind,
    row.object_id,
    row.client_id,
    row.data,
    row.denylist,
  ]);
}

/**
 * Seals the next stretch of the feed, of which everything up to `final` has to be final. `undefined` where all is sealed.
 */
export async function sealNext(
  database: Database,
  options: { readonly final: number; readonly at: number; readonly sealer: Sealer },
): Promise<Seal | undefined> {
  return database.transact(async (transaction) => {
    await holdMutex(transaction, 'seals');
    const previous = await lastSeal(transaction);
    const from = (previous?.to ?? 0) + 1;
    const to = Math.min(options.final, from + maxBatch - 1);
    if (to < from) return undefined;
    const key = await sealKey(transaction, options.sealer, options.at);
    const hash = new SealHash(previous, from, to);
    for (const event of await sealedEvents(transaction, from - 1, to, maxBatch)) hash.add(event);
    const seal = signSeal({ from, to, hash: hash.digest(), at: options.at }, key);
    await transaction.run(`INSERT INTO seals (${sealColumns}) VALUES (?, ?, ?, ?, ?, ?)`, [
      seal.to,
      seal.from,
      seal.hash,
      seal.signature,
      seal.publicKey,
      seal.at,
    ]);
    return seal;
  });
}

/** The key that seals; made when first needed. */
async function sealKey(transaction: Transaction, sealer: Sealer, now: number): Promise<SealKey> {
  const [row] = await transaction.all<{ public_key: string; sealed_private_key: Buffer }>(
    'SELECT public_key, sealed_private_key FROM seal_keys ORDER BY created_at, public_key LIMIT 1',
  );
  if (row !== undefined) {
    const der = sealer.open(keyPurpose, row.sealed_private_key);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return { privateKey, publicKey: row.public_key };
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = createPublicKey(privateKey).export({ format: 'jwk' }).x as string;
  const sealed = sealer.seal(keyPurpose, privateKey.export({ format: 'der', type: 'pkcs8' }));
  await transaction.run(
    'INSERT INTO seal_keys (public_key, sealed_private_key, created_at) VALUES (?, ?, ?)',
    [publicKey, sealed, now],
  );
  return { privateKey, publicKey };
}

function sealFromRow(row: SealRow): Seal {
  return {
    from: row.from_sequence,
    to: row.to_sequence,
    hash: row.hash,
    signature: row.signature,
    publicKey: row.public_key,
    at: row.at,
  };
}
