import type { JWK } from 'jose';
import type { Event, EventDraft } from '../../events/index.ts';
import type { KeyStore, KeyStoreOutcome, SigningAlgorithm, SigningKeyRecord } from '../../tokens/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { holdMutex } from './mutexes.ts';

interface KeyRow {
  kid: string;
  algorithm: string;
  public_jwk: string;
  sealed_private_key: Buffer | null;
  created_at: number;
  activates_at: number;
  retired_at: number | null;
  revoked_at: number | null;
}

/** Signing keys. Whoever adds one holds the mutex `signing_keys`. */
export class SigningKeyQueries implements KeyStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async list(): Promise<SigningKeyRecord[]> {
    const rows = await this.#acts.database.all<KeyRow>(
      `SELECT kid, algorithm, public_jwk, sealed_private_key, created_at, activates_at, retired_at, revoked_at
       FROM signing_keys ORDER BY created_at, kid`,
    );
    return rows.map(keyFromRow);
  }

  create(
    act: { readonly key: SigningKeyRecord; readonly newest: string | undefined },
    events: readonly EventDraft[],
  ): Promise<KeyStoreOutcome> {
    return this.#acts.act(async (transaction) => {
      await holdMutex(transaction, 'signing_keys');
      const [newest] = await transaction.all<{ kid: string }>(
        'SELECT kid FROM signing_keys WHERE algorithm = ? ORDER BY activates_at DESC, kid DESC LIMIT 1',
        [act.key.algorithm],
      );
      if (newest?.kid !== act.newest) undo({ done: false });
      await insertKey(transaction, act.key);
      return done(events);
    });
  }

  retire(
    act: { readonly kid: string; readonly at: number },
    events: readonly EventDraft[],
  ): Promise<KeyStoreOutcome> {
    return this.#acts.act(async (transaction) => {
      const retired = await transaction.run(
        'UPDATE signing_keys SET retired_at = ?, sealed_private_key = NULL WHERE kid = ? AND retired_at IS NULL',
        [act.at, act.kid],
      );
      if (retired === 0) undo({ done: false });
      return done(events);
    });
  }

  revoke(
    act: { readonly kid: string; readonly at: number; readonly replacement: SigningKeyRecord | undefined },
    events: readonly EventDraft[],
  ): Promise<KeyStoreOutcome> {
    return this.#acts.act(async (transaction) => {
      await holdMutex(transaction, 'signing_keys');
      const revoked = await transaction.run(
        'UPDATE signing_keys SET revoked_at = ?, sealed_private_key = NULL WHERE kid = ? AND revoked_at IS NULL',
        [act.at, act.kid],
      );
      if (revoked === 0) undo({ done: false });
      if (act.replacement !== undefined) await insertKey(transaction, act.replacement);
      return done(events);
    });
  }
}

function done(events: readonly EventDraft[]): ActResult<KeyStoreOutcome> {
  return { events, outcome: (written) => ({ done: true, event: written[written.length - 1] as Event }) };
}

async function insertKey(transaction: Transaction, key: SigningKeyRecord): Promise<void> {
  await transaction.run(
    `INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private_key, created_at, activates_at, retired_at,
       revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      key.kid,
      key.algorithm,
      JSON.stringify(key.publicJwk),
      key.sealedPrivateKey ?? null,
      key.createdAt,
      key.activatesAt,
      key.retiredAt ?? null,
      key.revokedAt ?? null,
    ],
  );
}

function keyFromRow(row: KeyRow): SigningKeyRecord {
  return {
    kid: row.kid,
    algorithm: row.algorithm as SigningAlgorithm,
    publicJwk: JSON.parse(row.public_jwk) as JWK,
    ...(row.sealed_private_key === null ? {} : { sealedPrivateKey: row.sealed_private_key }),
    createdAt: row.created_at,
    activatesAt: row.activates_at,
    ...(row.retired_at === null ? {} : { retiredAt: row.retired_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
