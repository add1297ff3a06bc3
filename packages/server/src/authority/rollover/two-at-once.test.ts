import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSuccessor } from '../offline/make-successor.ts';
import { makeOfflineRoot } from '../offline/offline-root.ts';
import type { TokenKey } from '../signers/pkcs11.ts';
import { MemoryToken } from '../testing/memory-token.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { openRollovers } from '../testing/open-rollovers.ts';

const actor = 'client:admin';
const name = 'vault';
const place = { signer: 'pkcs11', token: 'Memory' } as const;
const file = { signer: 'file' } as const;

/** A token that takes its time: before it makes a key, all of this is done. */
class SlowToken extends MemoryToken {
  meanwhile: () => Promise<unknown> = () => Promise.resolve();

  override async generate(options: Parameters<MemoryToken['generate']>[0]): Promise<TokenKey> {
    await this.meanwhile();
    return super.generate(options);
  }
}

test('a rollover that another begins while the key of the new root is made is the only one', async (t) => {
  const token = new SlowToken();
  const house = await openHouse(t, { tokenKeys: token });
  await house.authority.administration.create({ name, actor });
  const { rollovers } = await openRollovers(t, house, token);
  token.meanwhile = () => rollovers.publish({ name, place: file, actor });
  await assert.rejects(rollovers.publish({ name, place, actor }), { code: 'contended' });
  assert.equal((await house.storage.rollovers.listRollovers()).length, 1);
  assert.deepEqual(token.locations, []);
});

test('so is one of a root that is kept offline', async (t) => {
  const token = new SlowToken();
  const house = await openHouse(t, { tokenKeys: token });
  const { certificate: root, privateKey: rootKey } = await makeOfflineRoot({
    name,
    keyType: 'ec-p256',
    now: startOfTime,
  });
  await house.authority.administration.create({ name, offlineRoot: root.toPem(), place, actor });
  const { rollovers } = await openRollovers(t, house, token);
  const publish = async (at: typeof place | typeof file) => {
    const request = await rollovers.offline.request(name);
    const successor = await makeSuccessor({ request, root, rootKey, now: startOfTime });
    return rollovers.offline.publish({ name, successor, place: at, actor });
  };
  const before = token.locations;
  token.meanwhile = () => publish(file);
  await assert.rejects(publish(place), { code: 'contended' });
  assert.equal((await house.storage.rollovers.listRollovers()).length, 1);
  assert.deepEqual(token.locations, before);
});

test('a cancellation in the midst of a switch is all that comes about, and leaves no key', async (t) => {
  const token = new SlowToken();
  const house = await openHouse(t, { tokenKeys: token });
  await house.authority.administration.create({ name, place, actor });
  const { rollovers } = await openRollovers(t, house, token);
  const other = await openRollovers(t, house, token);
  const { record } = await rollovers.publish({ name, actor });
  const before = token.locations;
  token.meanwhile = () => other.rollovers.cancel(name, { actor });
  await assert.rejects(rollovers.switch(name, { actor }), { code: 'contended' });
  assert.ok(other.revoked.includes(record.newRootId));
  assert.deepEqual(token.locations, before);
  const [stored] = await house.storage.rollovers.listRollovers();
  assert.equal(stored!.switchedAt, undefined);
});

test('a switch in the midst of a cancellation is all that comes about', async (t) => {
  const token = new SlowToken();
  const house = await openHouse(t, { tokenKeys: token });
  await house.authority.administration.create({ name, actor });
  const { rollovers } = await openRollovers(t, house, token);
  const { storage } = house;
  const { changeStates } = storage.authorities;
  // Between what the cancellation has read and what it does.
  t.mock.method(
    storage.authorities,
    'changeStates',
    async (...act: Parameters<typeof changeStates>): ReturnType<typeof changeStates> => {
      await rollovers.switch(name, { actor });
      return changeStates.apply(storage.authorities, act);
    },
  );
  const other = await openRollovers(t, house, token);
  await rollovers.publish({ name, actor });
  await assert.rejects(other.rollovers.cancel(name, { actor }), { code: 'contended' });
  assert.deepEqual(other.revoked, []);
  assert.equal((await rollovers.status(name)).phase, 'switched');
});

test('a cancellation that broke off keeps the new root from signing, and is done again', async (t) => {
  const token = new SlowToken();
  const house = await openHouse(t, { tokenKeys: token });
  await house.authority.administration.create({ name, actor });
  const { rollovers, revoked } = await openRollovers(t, house, token);
  const rootsBefore = rollovers.bundle().roots.length;
  const { record } = await rollovers.publish({ name, actor });
  // Revocation is only told here, so that this is as if the server had ended before it.
  await rollovers.cancel(name, { actor });
  assert.equal(rollovers.bundle().roots.length, rootsBefore);
  await assert.rejects(rollovers.switch(name, { actor }), {
    code: 'step_out_of_order',
    message: /cancel it again/,
  });
  revoked.length = 0;
  await rollovers.cancel(name, { actor });
  assert.ok(revoked.includes(record.newRootId));
});
