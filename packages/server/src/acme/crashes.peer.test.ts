import { test } from 'node:test';
import { postgresCluster } from '../storage/testing/postgres-cluster.ts';
import { crashAtEveryStep } from './testing/crash-contract.ts';

const { createDatabase } = await postgresCluster();

for (const profile of ['server', 'client'] as const) {
  for (const mode of ['before', 'after'] as const) {
    test(`PostgreSQL: a ${profile} order goes on when the process ends right ${mode} any of its steps`, (t) =>
      crashAtEveryStep(t, { profile, mode, createDatabase }));
  }
}
