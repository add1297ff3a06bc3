import { test } from 'node:test';
import { postgresCluster } from '../../packages/server/src/storage/testing/postgres-cluster.ts';
import { ordersSurviveKills } from './testing/killed-orders.ts';

for (const [database, options] of [
  ['SQLite', async () => ({})],
  [
    'PostgreSQL',
    async () => ({ flags: ['--database-url', await (await postgresCluster()).createDatabase()] }),
  ],
] as const) {
  test(`invariant 8: kill -9 at random moments of a thousand ACME orders loses no certificate, and issues none twice (${database})`, async (t) =>
    ordersSurviveKills(t, { orders: 1000, options: await options() }));
}
