import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCertificate } from '@mortise/x509';
import type { Authority } from './authority.ts';
import type { KeyPlace } from './signers/authority-keys.ts';
import { MemoryToken } from './testing/memory-token.ts';
import { openAgain } from './testing/open-again.ts';
import { type House, openHouse, startOfTime } from './testing/open-house.ts';
import { revokeAuthorities } from './testing/revoke-authorities.ts';
import { withCode } from './testing/with-code.ts';

const actor = 'client:admin';
const name = 'vault';
const memory = { signer: 'pkcs11', token: 'Memory' } as const;
const other = { signer: 'pkcs11', token: 'Other' } as const;
const file = { signer: 'file' } as const;

/** A root that was made elsewhere with a key on the token. */
async function withRootOnToken(t: TestContext) {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token });
  const { location, spki } = await token.generate({
    token: 'Memory',
    label: 'corporate',
    keyType: 'ec-p384',
  });
  const root = await createCertificate(
    {
      subject: 'CN=Corporate Root',
      issuer: 'CN=Corporate Root',
      notBefore: startOfTime,
      notAfter: startOfTime + 400 * 86_400_000,
      publicKey: spki,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    token.signer({ location, spki }),
  );
  const take = (place?: KeyPlace) =>
    house.authority.administration.importAuthority({
      name,
      certificates: root.toPem(),
      key: { keyLocation: location },
      actor,
      ...(place === undefined ? {} : { place }),
    });
  return { ...house, token, take };
}

for (const [where, place, expected] of [
  ['that key is', undefined, /token=Memory;/],
  ['another token is named', other, /token=Other;/],
  ['the database is named', file, undefined],
] as const) {
  test(`the first intermediate of an imported root on a token has its key where ${where}`, async (t) => {
    const { authority, events, take } = await withRootOnToken(t);
    const intermediate = await take(place);
    if (expected === undefined) assert.equal(intermediate.signer, 'file');
    else assert.match(intermediate.keyLocation!, expected);
    assert.equal(intermediate.sealedPrivateKey === undefined, expected !== undefined);
    assert.equal(intermediate.keyType, 'ec-p384');
    const acts = (await events()).slice(-2).map(({ act, object }) => [act, object.id]);
    assert.deepEqual(acts, [
      ['authority.imported', intermediate.parentId],
      ['authority.created', intermediate.id],
    ]);
    const wanted = { profile: 'server', names: ['a.example'], authority: name, actor } as const;
    assert.equal((await authority.issue(wanted)).record.authorityId, intermediate.id);
  });
}

test('an imported root is not taken where the key of its intermediate cannot be made, and no key is left of what was not recorded', async (t) => {
  const { authority, storage, token, take } = await withRootOnToken(t);
  const before = { keys: token.locations, authorities: authority.list().length };
  const { generate } = token;
  token.generate = async (options) => {
    token.away = true;
    return generate.call(token, options);
  };
  await assert.rejects(take(), {
    code: 'token_unusable',
    message: /vault got no intermediate: .* "Memory", as that of its root/,
  });
  token.generate = generate;
  token.away = false;
  t.mock.method(storage.authorities, 'addAuthorities', () => Promise.reject(new Error('broken')), {
    times: 1,
  });
  await assert.rejects(take(), /broken/);
  assert.deepEqual({ keys: token.locations, authorities: authority.list().length }, before);
  await take();
  assert.equal(token.locations.length, before.keys.length + 1);
});

test('a later intermediate of an imported root has its key where the one before has it, wherever that of the root is', async (t) => {
  const { authority, clock, storage, token, take } = await withRootOnToken(t);
  const first = await take(file);
  const { administration } = authority;
  await revokeAuthorities(storage, [first.id], clock.now);
  const next = await administration.create({ name, actor });
  assert.ok(next.done && next.authority.signer === 'file');
  assert.equal(token.locations.length, 1);
});

/** Another start over the same database, by which `main` was revoked as a whole. */
async function startAgain(
  t: TestContext,
  house: House,
  options: { readonly tokenKeys: MemoryToken; readonly place?: KeyPlace },
): Promise<Authority> {
  const ids = house.authority.list().map(({ id }) => id);
  await revokeAuthorities(house.storage, ids, house.clock.now);
  const started = await openAgain(house, options);
  t.after(() => started.close());
  return started;
}

const tokensOf = (authority: Authority): string[] =>
  authority
    .list()
    .filter(({ revokedAt }) => revokedAt === undefined)
    .map(({ kind, keyLocation }) => `${kind} ${/token=(\w+)/.exec(keyLocation ?? '')?.[1] ?? 'database'}`);

test('the pair of the first start is in the database, or on the token that is named', async (t) => {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token });
  assert.deepEqual(tokensOf(house.authority), ['root database', 'intermediate database']);
  const started = await startAgain(t, house, { tokenKeys: token, place: memory });
  assert.deepEqual(tokensOf(started), ['root Memory', 'intermediate Memory']);
});

test('the pair of a start after everything has ended is where the one before was, or not made, unless a token is named', async (t) => {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token, place: memory });
  const again = await startAgain(t, house, { tokenKeys: token });
  assert.deepEqual(tokensOf(again), ['root Memory', 'intermediate Memory']);
  const count = again.list().length;
  token.away = true;
  await again.refresh();
  await assert.rejects(startAgain(t, { ...house, authority: again }, { tokenKeys: token }), (error) => {
    assert.match(String(error), /main got no root: .* "Memory", as that of the one before/);
    return withCode('token_unusable')(error);
  });
  assert.equal((await house.storage.authorities.listAuthorities()).length, count);
  token.away = false;
  const elsewhere = await startAgain(t, { ...house, authority: again }, { tokenKeys: token, place: other });
  assert.deepEqual(tokensOf(elsewhere), ['root Other', 'intermediate Other']);
});
