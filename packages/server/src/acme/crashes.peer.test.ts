import { postgresCluster } from '../storage/testing/postgres-cluster.ts';
import { crashContract } from './testing/crash-contract.ts';

const cluster = await postgresCluster();
crashContract('PostgreSQL', cluster.createDatabase);
