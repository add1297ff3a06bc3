import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Denylist, type DenylistEntry, type DenylistFacts } from './denylist.ts';

const killing: [DenylistEntry, DenylistFacts, DenylistFacts][] = [
  [{ kind: 'client', id: 'a' }, { clientId: 'a' }, { clientId: 'b' }],
  [
    { kind: 'client', id: 'a', epoch: 3 },
    { clientId: 'a', epoch: 2 },
    { clientId: 'a', epoch: 3 },
  ],
  [{ kind: 'credential', id: 'c1' }, { credentialIds: ['c0', 'c1'] }, { credentialIds: ['c0'] }],
  [{ kind: 'certificate', id: 'x' }, { certificates: ['x'] }, { certificates: ['y'] }],
  [{ kind: 'token', id: 'j' }, { tokenId: 'j' }, { tokenId: 'k' }],
  [{ kind: 'key', id: 'k' }, { keyId: 'k' }, { keyId: 'j' }],
  [{ kind: 'authority', id: 'z' }, { authorityIds: ['y', 'z'] }, { authorityIds: ['y'] }],
];
for (const [entry, dead, alive] of killing) {
  test(`an entry for a ${entry.kind}${entry.epoch === undefined ? '' : ' with an epoch'} kills what it names and nothing else`, () => {
    const list = new Denylist([entry]);
    assert.deepEqual(list.denies(dead), entry);
    assert.equal(list.denies(alive), undefined);
    assert.equal(list.denies({}), undefined);
    list.apply({ remove: [entry] });
    assert.equal(list.denies(dead), undefined);
    assert.equal(list.size, 0);
  });
}

test('an entry with an epoch leaves mutual TLS without a token alone', () => {
  assert.equal(new Denylist([{ kind: 'client', id: 'a', epoch: 3 }]).denies({ clientId: 'a' }), undefined);
});

test('resuming a client removes the entry without an epoch and keeps the one with it', () => {
  const list = new Denylist();
  list.apply({
    add: [
      { kind: 'client', id: 'a' },
      { kind: 'client', id: 'a', epoch: 2 },
    ],
  });
  assert.equal(list.size, 2);
  list.apply({ remove: [{ kind: 'client', id: 'a' }] });
  assert.equal(list.denies({ clientId: 'a' }), undefined);
  assert.equal(list.denies({ clientId: 'a', epoch: 1 })?.epoch, 2);
});

test('a removal names an epoch entry whatever epoch it gives', () => {
  const list = new Denylist([{ kind: 'client', id: 'a', epoch: 9 }]);
  list.apply({ remove: [{ kind: 'client', id: 'a', epoch: 1 }] });
  assert.equal(list.size, 0);
});

test('adding again never lowers an epoch and never shortens an entry', () => {
  const list = new Denylist([{ kind: 'client', id: 'a', epoch: 5, expiresAt: 200 }]);
  list.apply({ add: [{ kind: 'client', id: 'a', epoch: 4, expiresAt: 100 }] });
  assert.deepEqual(list.snapshot(), [{ kind: 'client', id: 'a', epoch: 5, expiresAt: 200 }]);
  list.apply({ add: [{ kind: 'token', id: 'j' }] });
  list.apply({ add: [{ kind: 'token', id: 'j', expiresAt: 100 }] });
  assert.equal(list.prune(1_000), 1);
  assert.deepEqual(list.snapshot(), [{ kind: 'token', id: 'j' }]);
});

test('a change removes before it adds', () => {
  const list = new Denylist([{ kind: 'token', id: 'j' }]);
  list.apply({ add: [{ kind: 'token', id: 'j' }], remove: [{ kind: 'token', id: 'j' }] });
  assert.equal(list.denies({ tokenId: 'j' })?.id, 'j');
});

test('an expired entry still kills until it is pruned', () => {
  const list = new Denylist([{ kind: 'token', id: 'j', expiresAt: 10 }]);
  assert.equal(list.denies({ tokenId: 'j' })?.id, 'j');
  assert.equal(list.prune(9), 0);
  assert.equal(list.prune(10), 1);
  assert.equal(list.denies({ tokenId: 'j' }), undefined);
});

test('replacing forgets everything that was there', () => {
  const list = new Denylist([{ kind: 'token', id: 'j' }]);
  const before = list.version;
  list.replace([{ kind: 'client', id: 'a', epoch: 1 }]);
  assert.deepEqual(list.snapshot(), [{ kind: 'client', id: 'a', epoch: 1 }]);
  assert.notEqual(list.version, before);
});

test('an epoch on anything but a client counts as presence', () => {
  const list = new Denylist([{ kind: 'credential', id: 'c', epoch: 4 }]);
  assert.equal(list.denies({ credentialIds: ['c'] })?.id, 'c');
  assert.equal(list.has({ kind: 'credential', id: 'c' }), true);
});

test('a listener hears what was added, by a change and by a replacement, until it stops', () => {
  const list = new Denylist();
  const heard: unknown[] = [];
  const stop = list.subscribe((added) => heard.push(...added));
  list.apply({ add: [{ kind: 'token', id: 'a' }] });
  list.replace([{ kind: 'token', id: 'b' }]);
  stop();
  list.apply({ add: [{ kind: 'token', id: 'c' }] });
  assert.deepEqual(heard, [
    { kind: 'token', id: 'a' },
    { kind: 'token', id: 'b' },
  ]);
});
