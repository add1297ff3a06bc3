import { test } from 'node:test';
import { postgresCluster } from '../storage/testing/postgres-cluster.ts';
import { exchangeAndEnrol } from './testing/exchange-and-enrol.ts';
import { openExchangeHouse } from './testing/exchange-house.ts';

const { createDatabase } = await postgresCluster();
const house = await openExchangeHouse({ databaseUrl: await createDatabase() });

test('PostgreSQL: a bound token is exchanged for a key that makes one account of its own client', () =>
  exchangeAndEnrol(house, 'ci'));
