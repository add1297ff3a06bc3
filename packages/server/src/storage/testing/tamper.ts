import type { Value } from '../database.ts';
import { parseLocation } from '../location.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { postgresText } from '../statement-text.ts';
import { connect } from './connect.ts';

/** What someone with the database itself can do, past this program. */
export async function tamper(url: string, sql: string, values: readonly Value[]): Promise<void> {
  const location = parseLocation(url);
  if (location.dialect === 'sqlite') {
    const connection = new SqliteConnection(location.path, { readOnly: false });
    connection.run(sql, values);
    connection.close();
    return;
  }
  const client = await connect(location.url);
  await client.query(postgresText(sql), [...values]);
  await client.end();
}

/** Every row of every table, for comparing databases. */
export async function everything(url: string, tables: readonly string[]): Promise<Record<string, unknown[]>> {
  const { withSnapshot } = await import('../open-snapshot.ts');
  return withSnapshot(url, async ({ reader }) => {
    const rows: Record<string, unknown[]> = {};
    for (const table of tables) {
      const all = await reader.all<Record<string, unknown>>(`SELECT * FROM ${table}`);
      rows[table] = all.map((row) => JSON.stringify(row)).sort();
    }
    return rows;
  });
}
