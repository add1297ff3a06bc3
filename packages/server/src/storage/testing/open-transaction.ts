import { connect } from './connect.ts';

/** A transaction of another node that has drawn the number of its event, and is slow to end. */
export interface OpenTransaction {
  /** The sequence that it has drawn. */
  readonly sequence: number;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export async function openTransaction(url: string): Promise<OpenTransaction> {
  const client = await connect(url);
  // A test that fails before it ends the transaction ends all the same.
  (client as unknown as { unref(): void }).unref();
  await client.query('BEGIN; SELECT pg_current_xact_id()');
  const { rows } = await client.query(
    `INSERT INTO events (at, actor, act, object_kind, object_id) VALUES (1, 'cli', 'late.done', 'client', 'late')
     RETURNING sequence::int`,
  );
  const end = async (how: string) => {
    await client.query(how);
    await client.end();
  };
  return {
    sequence: rows[0].sequence as number,
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
  };
}
