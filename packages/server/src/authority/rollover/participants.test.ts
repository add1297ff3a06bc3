import assert from 'node:assert/strict';
import { test } from 'node:test';
import { participants } from './participants.ts';
import type { TrustReport } from './trust-report.ts';

const since = 1_000_000_000_000;
const minute = 60_000;
const now = since + 60 * minute;
const newRoot = 'b'.repeat(64);

function report(clientId: string, minutes: number, more: Partial<TrustReport> = {}): TrustReport {
  return {
    clientId,
    kind: 'client',
    instance: 'a',
    anchors: [newRoot],
    reportedAt: since + minutes * minute,
    ...more,
  };
}

function stateOf(reports: TrustReport[], nodeIds: string[] = []): string {
  const found = participants({ clientIds: ['x'], nodeIds: new Set(nodeIds), reports, newRoot, since, now });
  return found.map(({ kind, state, processes }) => `${kind} ${state} ${processes}`).join(', ');
}

test('who has reported the new root since the step is ready, and who has not is told apart', () => {
  assert.equal(stateOf([report('x', 59)]), 'client ready 1');
  assert.equal(stateOf([report('x', 59, { anchors: ['c'.repeat(64)] })]), 'client lacking 1');
  assert.equal(stateOf([report('x', -1)]), 'client silent 1');
  assert.equal(stateOf([report('other', 59)]), 'client unobservable 0');
});

test('each process of a client counts, as long as it has reported lately', () => {
  const old = { instance: 'b', anchors: ['c'.repeat(64)] };
  assert.equal(stateOf([report('x', 59), report('x', 58, old)]), 'client lacking 2');
  assert.equal(stateOf([report('x', 59), report('x', 40, old)]), 'client ready 1');
  // Where nobody has reported lately, the last word counts, whoever said it.
  assert.equal(stateOf([report('x', 20), report('x', 30, old)]), 'client lacking 1');
});

test('a node that reports no trust is unobservable, also where the same client reports otherwise', () => {
  assert.equal(stateOf([], ['x']), 'node unobservable 0');
  assert.equal(stateOf([report('x', 59)], ['x']), 'client ready 1, node unobservable 0');
  assert.equal(stateOf([report('x', 59, { kind: 'node' })], ['x']), 'node ready 1');
});

test('an agent and a client of one name are two', () => {
  const agent = report('x', -1, { kind: 'agent' });
  assert.equal(stateOf([report('x', 59), agent]), 'agent silent 1, client ready 1');
});
