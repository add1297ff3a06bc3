import pg from 'pg';
import type { Value } from './database.ts';
import { GatheringSocket } from './postgres-socket.ts';
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
    stream: () => new GatheringSocket(),
  };
}

/**
 * What a connection is told before its first use. An administrator may have turned `synchronous_commit` off for speed;
 * what this program acknowledges has to be durable.
 */
export const sessionSettings = `
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
  SET statement_timeout = ${statementTimeoutMs};
  SET idle_in_transaction_session_timeout = ${statementTimeoutMs}`;

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
