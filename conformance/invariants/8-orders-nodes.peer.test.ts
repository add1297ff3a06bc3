import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { postgresCluster } from '../../packages/server/src/storage/testing/postgres-cluster.ts';
import { ordersSurviveKills } from './testing/killed-orders.ts';

test('invariant 8: kill -9 at random moments of a thousand ACME orders loses no certificate, and issues none twice (two nodes on PostgreSQL)', async (t) => {
  const flags = ['--database-url', await (await postgresCluster()).createDatabase()];
  const environment = { MORTISE_MASTER_KEY: randomBytes(32).toString('base64url') };
  const nodes = [
    { flags, environment },
    { flags, environment, host: '127.0.0.2' },
  ];
  await ordersSurviveKills(t, { orders: 1000, nodes });
});
