import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event, JsonObject } from '../../events/index.ts';
import { formerGrantsOf, formerGrantsSince } from './former-grants.ts';

function updated(sequence: number, data?: JsonObject): Event {
  return {
    sequence,
    at: 1000 + sequence,
    actor: 'cli',
    act: 'client.updated',
    object: { kind: 'client', id: 'a' },
    clientId: 'a',
    ...(data === undefined ? {} : { data }),
  };
}

const previous = { scope: ['read'], resources: ['https://one.example'] };

test('an update says what the client could ask for before it', () => {
  assert.deepEqual(formerGrantsOf(updated(1, { previous })), {
    grants: { clientId: 'a', ...previous },
    at: 1001,
  });
});

test('other events, and updates that say nothing of it, give nothing', () => {
  for (const event of [
    updated(1),
    updated(1, {}),
    updated(1, { previous: null }),
    updated(1, { previous: 'read' }),
    updated(1, { previous: [] }),
    { ...updated(1, { previous }), act: 'client.created' },
  ]) {
    assert.equal(formerGrantsOf(event), undefined);
  }
});

test('members that are no lists of text are read as empty', () => {
  const former = formerGrantsOf(updated(1, { previous: { scope: 'read', resources: [1, 'r'] } }));
  assert.deepEqual(former?.grants, { clientId: 'a', scope: [], resources: ['r'] });
});

test('all updates since a time are read, page by page', async () => {
  const events = Array.from({ length: 1001 }, (_, index) => updated(index + 1, { previous }));
  const asked: unknown[] = [];
  const store = {
    eventsSince: async (query: { acts: readonly string[]; since: number; after: number; limit: number }) => {
      asked.push([query.acts, query.since, query.after]);
      return events.filter(({ sequence }) => sequence > query.after).slice(0, query.limit);
    },
  };
  let count = 0;
  for await (const former of formerGrantsSince(store, 77)) {
    count += 1;
    assert.equal(former.at, 1000 + count);
  }
  assert.equal(count, 1001);
  assert.deepEqual(asked, [
    [['client.updated'], 77, 0],
    [['client.updated'], 77, 500],
    [['client.updated'], 77, 1000],
  ]);
});
