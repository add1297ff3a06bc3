import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { DenylistEntry } from './denylist.ts';
import { FollowedList } from './followed-list.ts';

const token = (id: string, more: Partial<DenylistEntry> = {}): DenylistEntry => ({
  kind: 'token',
  id,
  ...more,
});
const a: DenylistEntry = { kind: 'client', id: 'a' };

let list: FollowedList;
beforeEach(() => {
  list = new FollowedList();
});

const ids = (): string[] => list.denylist.snapshot().map(({ id }) => id);

test('a later list takes the place of the former', () => {
  list.begin({ position: 3, entries: [token('old')] });
  list.begin({ position: 3, entries: [token('new')] });
  assert.deepEqual([ids(), list.kept], [['new'], 0]);
});

test('an older server forgets nothing, catches up, and is then the only word', () => {
  list.begin({ position: 9, entries: [token('early'), a] });
  list.begin({ position: 7, entries: [token('early')] });
  assert.deepEqual([ids().sort(), list.kept], [['a', 'early'], 1]);
  list.change(9, { add: [a] });
  assert.equal(list.kept, 0);
  list.caughtUp(9);
  list.change(10, { remove: [a] });
  assert.deepEqual(ids(), ['early']);
});

test('what an older server takes back may have been revoked again since: it counts once the server has caught up', () => {
  list.begin({ position: 7, entries: [a] });
  list.begin({ position: 5, entries: [a] });
  list.change(6, { remove: [a] });
  list.caughtUp(6);
  assert.equal(list.denylist.denies({ clientId: 'a' }), a);
  list.change(7, { add: [a] });
  list.caughtUp(7);
  assert.equal(list.denylist.denies({ clientId: 'a' }), a);

  list.begin({ position: 5, entries: [a] });
  list.change(6, { remove: [a] });
  list.caughtUp(8);
  assert.equal(list.denylist.denies({ clientId: 'a' }), undefined, 'there was nothing after it');
});

test('a rolled-back database that has made as many acts as before still has nothing forgotten', () => {
  list.begin({ position: 9, entries: [token('lost')] });
  list.begin({ position: 4, entries: [] });
  list.change(10, { add: [token('new')] });
  list.caughtUp(10);
  assert.deepEqual(ids(), ['new', 'lost']);
  list.begin({ position: 12, entries: [token('new')] });
  assert.deepEqual([ids(), list.kept], [['new', 'lost'], 1]);
});

test('a restored database is known by its history, whatever its position; its own news count at once', () => {
  list.begin({ position: 9, entries: [token('lost'), a] });
  list.begin({ position: 9, entries: [], history: 'restored' });
  assert.deepEqual([ids(), list.kept], [['a', 'lost'], 2]);
  // Whoever suspends a client anew and resumes it has decided.
  list.change(10, { add: [a] });
  list.change(11, { remove: [a] });
  list.caughtUp(11);
  list.begin({ position: 11, entries: [], history: 'restored' });
  assert.deepEqual([ids(), list.kept], [['lost'], 1]);
  list.begin({ position: 9, entries: [token('other')] });
  assert.deepEqual(ids().sort(), ['lost', 'other']);
});

test('a restored database at a lower position is not behind: what it takes back is taken back', () => {
  list.begin({ position: 90, entries: [a] });
  list.begin({ position: 5, entries: [a], history: 'restored' });
  list.change(6, { remove: [a] });
  assert.deepEqual(ids(), []);
});

test('what an older server does not have stays until it expires', () => {
  list.begin({ position: 9, entries: [token('brief', { expiresAt: 100 }), token('long')] });
  list.begin({ position: 4, entries: [] });
  list.prune(100);
  assert.deepEqual([ids(), list.kept], [['long'], 1]);
  list.caughtUp(9);
  assert.deepEqual(ids(), ['long']);
});

test('an older server confirms an entry only for as much and as long as it was known', () => {
  list.begin({ position: 9, entries: [{ ...a, epoch: 5 }, token('j', { expiresAt: 200 })] });
  list.begin({ position: 4, entries: [{ ...a, epoch: 3 }, token('j', { expiresAt: 100 })] });
  list.caughtUp(9);
  assert.equal(list.kept, 2);
  assert.equal(list.denylist.denies({ clientId: 'a', epoch: 4 })?.epoch, 5);
  list.change(10, { add: [{ ...a, epoch: 6 }, token('j')] });
  assert.equal(list.kept, 0);
});

test('what a list held beyond its position stays, where another server at the same position has not heard of it', () => {
  list.begin({ position: 3, entries: [token('early')] });
  list.change(5, {});
  list.begin({ position: 3, entries: [] });
  assert.deepEqual(ids(), ['early']);
  list.change(5, { add: [token('early')] });
  list.caughtUp(5);
  assert.deepEqual([ids(), list.kept], [['early'], 0]);
});

test('a list that lacks only an act which was told before its turn is whole again once that act has come or gone', () => {
  list.begin({ position: 3, entries: [] });
  list.change(5, { add: [token('early')] });
  list.begin({ position: 3, entries: [] });
  assert.deepEqual([ids(), list.kept], [['early'], 0]);
  list.caughtUp(5);
  assert.deepEqual(ids(), []);
});
