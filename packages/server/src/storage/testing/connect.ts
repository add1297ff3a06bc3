import pg from 'pg';

/** A connection to PostgreSQL beside those of the storage; whoever asks for it ends it. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}
