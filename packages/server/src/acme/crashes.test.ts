import { test } from 'node:test';
import { crashAtEveryStep } from './testing/crash-contract.ts';

for (const profile of ['server', 'client'] as const) {
  for (const mode of ['before', 'after'] as const) {
    test(`a ${profile} order goes on when the process ends right ${mode} any of its steps`, (t) =>
      crashAtEveryStep(t, { profile, mode }));
  }
}
