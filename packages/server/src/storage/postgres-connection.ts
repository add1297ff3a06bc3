import pg from 'pg';
import type { Value } from './database.ts';
import { postgresText } from './statement-text.ts';

const connectTimeoutMs = 10_000;
/** A statement of this program takes milliseconds; what takes this long is stuck. */
const statementTimeoutMs = 30_000;

/** The settings of every connection of this program. */
export function postgresSettings(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'mortise',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: { getTypeParser },
  };
}

/**
 * What a connection is told before its first use. An administrator may have turned `synchronous_commit` off for speed;
 * what this program acknowledges has to be durable. And a transaction that waits for a lock reads behind it what was committed
 * before, which a stricter isolation would hide from it.
 */
const sessionSettings = `
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
  SET default_transaction_isolation = 'read committed';
  SET statement_timeout = ${statementTimeoutMs};
  SET idle_in_transaction_session_timeout = ${statementTimeoutMs}`;

/** Prepares a connection for statements each of which is a transaction by itself. */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  // While someone uses it, its loss shows in their query.
  client.on('error', () => {});
  await client.query(sessionSettings);
}

const beginnings = new WeakMap<pg.ClientBase, string>();

/**
 * Prepares a connection for transactions: outside of one, nothing can be written, so that statements may be sent before it is known that theirs
 * has begun. Where an administrator has made transactions read-only, they stay so.
 */
export async function prepareForTransactions(client: pg.ClientBase): Promise<void> {
  await prepareSession(client);
  const { rows } = await client.query<{ read_only: string }>(
    "SELECT current_setting('default_transaction_read_only') AS read_only",
  );
  const mode = rows[0]?.read_only === 'off' ? ' READ WRITE' : '';
  await client.query('SET default_transaction_read_only = on');
  // The transaction's number is drawn before any event's, which is what tells the feed when a gap is final.
  beginnings.set(client, `BEGIN${mode}; SELECT pg_current_xact_id()`);
}

/** Begins a transaction that may write, on a connection that was prepared for it. */
export function begin(client: pg.ClientBase): Promise<pg.QueryResult> {
  return client.query(beginnings.get(client) ?? 'BEGIN');
}

const named = new Map<string, { readonly name: string; readonly text: string }>();

/** The statement under its own name, so that a connection parses and plans it once. */
export function preparedQuery(sql: string, values: readonly Value[]): pg.QueryConfig {
  let known = named.get(sql);
  if (known === undefined) {
    known = { name: `m${named.size}`, text: postgresText(sql) };
    named.set(sql, known);
  }
  return { name: known.name, text: known.text, values: values.map(bindable) };
}

function bindable(value: Value): string | number | null | Buffer {
  return value instanceof Uint8Array && !Buffer.isBuffer(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : (value as string | number | null | Buffer);
}

/** 8-byte integers as numbers: times, counts and sequences stay below 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === pg.types.builtins.INT8 && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
