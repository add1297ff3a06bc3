import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CertificateRequest } from '@mortise/x509';
import { makeSuccessor } from '../offline/make-successor.ts';
import { makeOfflineRoot } from '../offline/offline-root.ts';
import { signAuthorityRequest } from '../offline/sign-request.ts';
import { MemoryToken } from '../testing/memory-token.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { openRollovers } from '../testing/open-rollovers.ts';
import { withCode } from '../testing/with-code.ts';

const actor = 'client:admin';
const name = 'vault';
const memory = { signer: 'pkcs11', token: 'Memory' } as const;
const other = { signer: 'pkcs11', token: 'Other' } as const;
const file = { signer: 'file' } as const;
const publishing = { name, actor };
type Place = typeof memory | typeof other | typeof file;

/** An authority `vault`, and where the keys of its root and its intermediate are. */
async function withVault(t: TestContext, [ofRoot, ofIntermediate]: readonly [Place, Place]) {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token });
  const { administration } = house.authority;
  await administration.create({ name, place: ofRoot, actor });
  if (ofIntermediate !== ofRoot) await administration.create({ name, place: ofIntermediate, actor });
  const { rollovers } = await openRollovers(t, house, token);
  /** Where the keys of the new root and its intermediate are, by the end of `act`. */
  const placesAfter = async (act: () => Promise<unknown>): Promise<string[]> => {
    const before = new Set(house.authority.list().map(({ id }) => id));
    await act();
    const made = house.authority.list().filter(({ id }) => !before.has(id));
    for (const { signer, sealedPrivateKey, keyLocation } of made) {
      assert.equal(signer === 'file', sealedPrivateKey !== undefined);
      assert.equal(signer === 'pkcs11', keyLocation !== undefined && token.locations.includes(keyLocation));
    }
    return made.map(
      ({ kind, keyLocation }) => `${kind} ${/token=(\w+)/.exec(keyLocation ?? '')?.[1] ?? 'file'}`,
    );
  };
  return { ...house, administration, rollovers, token, placesAfter };
}

test('the keys of the new root and of its intermediate are made where those are that they succeed', async (t) => {
  for (const [places, made] of [
    [
      [memory, memory],
      ['root Memory', 'intermediate Memory'],
    ],
    [
      [memory, other],
      ['root Memory', 'intermediate Other'],
    ],
    [
      [file, memory],
      ['root file', 'intermediate Memory'],
    ],
    [
      [memory, file],
      ['root Memory', 'intermediate file'],
    ],
    [
      [file, file],
      ['root file', 'intermediate file'],
    ],
  ] as const) {
    const { rollovers, authority, placesAfter } = await withVault(t, places);
    const found = await placesAfter(async () => {
      await rollovers.publish(publishing);
      await rollovers.switch(name, { actor });
    });
    assert.deepEqual(found, made);
    const forApi = { profile: 'server', names: ['api.example'], authority: name, actor: 'cli' } as const;
    assert.equal((await authority.issue(forApi)).record.authorityId, authority.list().at(-1)!.id);
  }
});

test('another place is taken where one is named, for the root and for the intermediate', async (t) => {
  const { rollovers, placesAfter } = await withVault(t, [memory, memory]);
  const made = await placesAfter(async () => {
    await rollovers.publish({ ...publishing, place: file });
    await rollovers.switch(name, { actor, place: other });
  });
  assert.deepEqual(made, ['root file', 'intermediate Other']);
});

test('an intermediate whose token is lost is followed by one in the database, if that is said', async (t) => {
  const { rollovers, placesAfter, token } = await withVault(t, [file, memory]);
  token.away = true;
  await rollovers.publish(publishing);
  await assert.rejects(rollovers.switch(name, { actor }), withCode('token_unusable'));
  assert.deepEqual(await placesAfter(() => rollovers.switch(name, { actor, place: file })), [
    'intermediate file',
  ]);
});

test('while the token is away neither step is taken, and no key is made elsewhere', async (t) => {
  const { rollovers, authority, token, placesAfter } = await withVault(t, [memory, memory]);
  const before = token.locations;
  const count = authority.list().length;
  token.away = true;
  await assert.rejects(rollovers.publish(publishing), {
    code: 'token_unusable',
    message: /vault got no root: .* PKCS #11 token "Memory"/,
  });
  // The old root, which is there too, has to certify the new one.
  await assert.rejects(rollovers.publish({ ...publishing, place: file }), withCode('token_unusable'));
  assert.deepEqual(await rollovers.list(), []);
  assert.equal(authority.list().length, count);
  token.away = false;
  await rollovers.publish(publishing);
  token.away = true;
  await assert.rejects(rollovers.switch(name, { actor }), {
    code: 'token_unusable',
    message: /vault got no intermediate: .* PKCS #11 token "Memory"/,
  });
  assert.equal((await rollovers.status(name)).phase, 'published');
  token.away = false;
  assert.equal(token.locations.length, before.length + 1);
  assert.deepEqual(await placesAfter(() => rollovers.switch(name, { actor })), ['intermediate Memory']);
});

test('a step that is not recorded leaves no key on the token', async (t) => {
  const { rollovers, storage, token } = await withVault(t, [memory, memory]);
  const lost = () => Promise.resolve(false);
  const failed = () => Promise.reject(new Error('the disk is full'));
  const steps = {
    publish: () => rollovers.publish(publishing),
    switch: () => rollovers.switch(name, { actor }),
  };
  for (const step of ['publish', 'switch'] as const) {
    const before = token.locations;
    t.mock.method(storage.rollovers, step, lost, { times: 1 });
    await assert.rejects(steps[step](), { code: 'contended' });
    t.mock.method(storage.rollovers, step, failed, { times: 1 });
    await assert.rejects(steps[step](), /the disk is full/);
    assert.deepEqual(token.locations, before);
    await steps[step]();
    assert.equal(token.locations.length, before.length + 1);
  }
});

test('a step that fails after it was recorded keeps its key', async (t) => {
  const { rollovers, storage, authority, token } = await withVault(t, [memory, memory]);
  const publish = storage.rollovers.publish.bind(storage.rollovers);
  t.mock.method(
    storage.rollovers,
    'publish',
    async (...act: Parameters<typeof publish>) => {
      await publish(...act);
      throw new Error('too late');
    },
    { times: 1 },
  );
  await assert.rejects(rollovers.publish(publishing), /too late/);
  const { newRoot } = await rollovers.status(name);
  assert.ok(token.locations.includes(newRoot.keyLocation!));
  await rollovers.switch(name, { actor });
  assert.equal(authority.list().at(-1)!.parentId, newRoot.id);
});

/** An authority whose root is kept offline and whose intermediate is on the token; and its successor. */
async function withOfflineVault(t: TestContext) {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token });
  const { authority, storage } = house;
  const root = await makeOfflineRoot({ name, keyType: 'ec-p256', now: startOfTime });
  const offlineRoot = root.certificate.toPem();
  const created = await authority.administration.create({ name, offlineRoot, place: memory, actor });
  assert.ok(!created.done);
  const { rollovers } = await openRollovers(t, house, token);
  const certificate = await signAuthorityRequest({
    request: CertificateRequest.parse(created.request.request),
    root: root.certificate,
    rootKey: root.privateKey,
    now: startOfTime,
  });
  await authority.administration.importSigned({ certificate: certificate.toPem(), actor });
  const request = await rollovers.offline.request(name);
  const successor = await makeSuccessor({
    request,
    root: root.certificate,
    rootKey: root.privateKey,
    now: startOfTime,
  });
  const publish = (place?: Place) =>
    rollovers.offline.publish({ name, successor, actor, ...(place === undefined ? {} : { place }) });
  return { authority, storage, rollovers, token, publish };
}

test('the key of the intermediate under a new offline root is made where the one before has it, unless another place is named', async (t) => {
  for (const [place, where] of [
    [undefined, /token=Memory;/],
    [other, /token=Other;/],
    [file, undefined],
  ] as const) {
    const { authority, rollovers, publish } = await withOfflineVault(t);
    await publish(place);
    const [request] = await authority.administration.requests();
    assert.equal(request!.signer, where === undefined ? 'file' : 'pkcs11');
    assert.equal(request!.sealedPrivateKey === undefined, where !== undefined);
    if (where !== undefined) assert.match(request!.keyLocation!, where);
    await assert.rejects(rollovers.switch(name, { actor, place: memory }), { code: 'key_place_invalid' });
  }
});

test('a rollover of an offline root is not published while the token is away, nor leaves a key on it if it is not recorded', async (t) => {
  const { authority, storage, rollovers, token, publish } = await withOfflineVault(t);
  const before = token.locations;
  token.away = true;
  await assert.rejects(publish(), { code: 'token_unusable', message: /vault got no intermediate/ });
  token.away = false;
  t.mock.method(storage.rollovers, 'publish', () => Promise.resolve(false), { times: 1 });
  await assert.rejects(publish(), { code: 'contended' });
  t.mock.method(storage.rollovers, 'publish', () => Promise.reject(new Error('broken')), { times: 1 });
  await assert.rejects(publish(), /broken/);
  assert.deepEqual(await rollovers.list(), []);
  assert.deepEqual(token.locations, before);
  assert.deepEqual(await authority.administration.requests(), []);
  await publish();
  assert.equal(token.locations.length, before.length + 1);
});
