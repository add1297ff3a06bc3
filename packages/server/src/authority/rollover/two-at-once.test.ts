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
