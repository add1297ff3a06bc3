import { postgresCluster } from '../storage/testing/postgres-cluster.ts';
import { rolloverContract } from './testing/rollover-contract.ts';

const { createDatabase } = await postgresCluster();
await rolloverContract('PostgreSQL', { databaseUrl: await createDatabase() });
