import { randomBytes } from 'node:crypto';
import { postgresCluster } from '../../../packages/server/src/storage/testing/postgres-cluster.ts';
import { House } from './house.ts';

/** Two nodes over one new PostgreSQL database, each with a data directory of its own. */
export async function startNodes(): Promise<House[]> {
  const cluster = await postgresCluster();
  const flags = ['--database-url', await cluster.createDatabase()];
  const environment = { MORTISE_MASTER_KEY: randomBytes(32).toString('base64url') };
  const first = await House.start({ flags, environment });
  return [first, await House.start({ flags, environment, host: '127.0.0.2' })];
}
