import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { makeOfflineRoot } from './offline/offline-root.ts';
import { MemoryToken } from './testing/memory-token.ts';
import { openHouse, startOfTime } from './testing/open-house.ts';
import { revokeAuthorities } from './testing/revoke-authorities.ts';
import { withCode } from './testing/with-code.ts';

const actor = 'client:admin';
const place = { signer: 'pkcs11', token: 'Memory' } as const;
const forApi = { profile: 'server', names: ['api.example'], authority: 'vault', actor: 'cli' } as const;

/** A root in the database, and an intermediate with a key on the token. */
async function withVault(t: TestContext) {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token });
  const { authority, storage, clock } = house;
  const { administration } = authority;
  await administration.create({ name: 'vault', actor });
  const created = await administration.create({ name: 'vault', place, actor });
  assert.ok(created.done);
  const last = created.authority;
  const revoke = () => {
    const ids = authority.list().flatMap(({ id, kind }) => (kind === 'intermediate' ? id : []));
    return revokeAuthorities(storage, ids, clock.now);
  };
  return { ...house, administration, token, last, revoke };
}

for (const end of ['revoked', 'expired'] as const) {
  test(`the key of an intermediate that follows one that is ${end} by itself is made on the token of that one`, async (t) => {
    const { authority, clock, last, revoke, token } = await withVault(t);
    if (end === 'revoked') await revoke();
    else clock.now = last.notAfter;
    const { record } = await authority.issue(forApi);
    const next = authority.show(record.authorityId)!;
    assert.notEqual(next.id, last.id);
    assert.equal(next.signer, 'pkcs11');
    assert.equal(next.sealedPrivateKey, undefined);
    assert.match(next.keyLocation!, /^pkcs11:token=Memory;/);
    assert.ok(token.locations.includes(next.keyLocation!));
  });
}

test('while that token is away there is no next intermediate, and none with a key elsewhere', async (t) => {
  const { authority, administration, revoke, token } = await withVault(t);
  await revoke();
  const before = authority.list().length;
  token.away = true;
  const refused = {
    code: 'token_unusable',
    message: /vault got no intermediate: .* PKCS #11 token "Memory"/,
  };
  await assert.rejects(authority.issue(forApi), refused);
  await assert.rejects(authority.createIntermediate({ name: 'vault', actor }), refused);
  await assert.rejects(administration.create({ name: 'vault', actor }), refused);
  assert.equal(authority.list().length, before);
  token.away = false;
  const { record } = await authority.issue(forApi);
  assert.equal(authority.show(record.authorityId)?.signer, 'pkcs11');
});

test('another intermediate goes where the last one is, unless another place is named', async (t) => {
  const { authority, administration } = await withVault(t);
  const create = async (more: object = {}) => {
    const created = await administration.create({ name: 'vault', ...more, actor });
    assert.ok(created.done);
    return created.authority;
  };
  assert.match((await create()).keyLocation!, /token=Memory;/);
  assert.match((await create({ place: { signer: 'pkcs11', token: 'Other' } })).keyLocation!, /token=Other;/);
  assert.match((await authority.createIntermediate({ name: 'vault', actor })).keyLocation!, /token=Other;/);
  assert.equal((await create({ place: { signer: 'file' } })).signer, 'file');
  assert.equal((await create()).signer, 'file');
  assert.equal((await authority.createIntermediate({ actor })).signer, 'file');
});

test('the key of an intermediate that an offline root has to sign is made where the last one is, or not at all', async (t) => {
  const token = new MemoryToken();
  const { authority, storage } = await openHouse(t, { tokenKeys: token });
  const { administration } = authority;
  const { certificate } = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now: startOfTime });
  const first = await administration.create({
    name: 'vault',
    offlineRoot: certificate.toPem(),
    place,
    actor,
  });
  assert.ok(!first.done);
  // As if the root had signed it; what is looked at is where its key is.
  const { id, keyLocation } = first.request;
  const template = authority.list().at(-1)!;
  await storage.authorities.addAuthorities(
    {
      authorities: [
        {
          ...template,
          id,
          kind: 'intermediate',
          parentId: template.id,
          signer: 'pkcs11',
          keyLocation: keyLocation!,
          fingerprint256: 'ab'.repeat(32),
          spkiSha256: 'cd'.repeat(32),
          createdAt: template.createdAt + 1,
        },
      ],
      expectedCount: authority.list().length,
      requestId: id,
    },
    [],
  );
  await authority.refresh();
  const next = await administration.create({ name: 'vault', actor });
  assert.ok(!next.done);
  assert.match(next.request.keyLocation!, /token=Memory;/);
  token.away = true;
  await assert.rejects(administration.create({ name: 'vault', actor }), withCode('token_unusable'));
  assert.equal((await administration.requests()).length, 1);
});
