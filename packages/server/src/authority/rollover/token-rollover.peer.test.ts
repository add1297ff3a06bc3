import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { test } from 'node:test';
import { validatePath } from '@mortise/x509';
import { TokenKeys } from '../signers/pkcs11.ts';
import { makeSoftToken } from '../signers/testing/soft-token.ts';
import { openHouse } from '../testing/open-house.ts';
import { openRollovers } from '../testing/open-rollovers.ts';
import { withCode } from '../testing/with-code.ts';

const actor = 'client:admin';
const name = 'vault';
const forApi = { profile: 'server', names: ['api.example'], authority: name, actor: 'cli' } as const;

test('a rollover of an authority on a token: new and old keys sign there, none is in the database, and none is left of what failed', async (t) => {
  const token = makeSoftToken(t);
  const tokenKeys = new TokenKeys({ module: token.module, pin: token.pin });
  const house = await openHouse(t, { tokenKeys });
  t.after(() => tokenKeys.close());
  const { authority, storage, clock } = house;
  await authority.administration.create({ name, place: { signer: 'pkcs11', token: token.label }, actor });
  const { rollovers } = await openRollovers(t, house, tokenKeys);
  const steps = {
    publish: () => rollovers.publish({ name, actor }),
    switch: () => rollovers.switch(name, { actor }),
  };
  const oldRoots = authority.roots();
  for (const step of ['publish', 'switch'] as const) {
    const before = token.tool('--list-objects');
    token.unplug();
    await assert.rejects(steps[step](), withCode('token_unusable'));
    token.plugIn();
    t.mock.method(storage.rollovers, step, () => Promise.resolve(false), { times: 1 });
    await assert.rejects(steps[step](), { code: 'contended' });
    t.mock.method(storage.rollovers, step, () => Promise.reject(new Error('broken')), { times: 1 });
    await assert.rejects(steps[step](), /broken/);
    assert.equal(token.tool('--list-objects'), before);
    await steps[step]();
  }

  const records = (await storage.authorities.listAuthorities()).filter((record) => record.name === name);
  assert.deepEqual(
    records.map(({ kind, signer, sealedPrivateKey }) => [kind, signer, sealedPrivateKey]),
    ['root', 'intermediate', 'root', 'intermediate'].map((kind) => [kind, 'pkcs11', undefined]),
  );
  const said = Buffer.from('signed after the switch');
  const signature = async (id: string): Promise<Uint8Array> => authority.signing(id).signer.sign(said);
  for (const { id } of records) {
    const { publicKey } = authority.signing(id).certificate;
    assert.ok(verify('sha256', said, publicKey, await signature(id)));
  }
  token.unplug();
  for (const { id } of records) await assert.rejects(signature(id), withCode('token_unusable'));
  token.plugIn();

  const { certificate, chain, record } = await authority.issue(forApi);
  assert.equal(record.authorityId, records.at(-1)!.id);
  const bridge = rollovers.bridge(chain.at(-1)!);
  for (const [anchors, certificates] of [
    [authority.roots().filter(({ fingerprint256 }) => fingerprint256 === records[2]!.fingerprint256), chain],
    [oldRoots, [...chain, bridge!]],
  ] as const) {
    const verdict = await validatePath({ leaf: certificate, certificates, anchors, at: clock.now });
    assert.equal(verdict.valid, true, JSON.stringify(verdict));
  }
});
