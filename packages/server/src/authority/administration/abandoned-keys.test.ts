import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { StorageError } from '../../storage/index.ts';
import type { AuthorityRequest } from '../authority-record.ts';
import { makeOfflineRoot } from '../offline/offline-root.ts';
import { Pkcs11Error } from '../signers/pkcs11/pkcs11-error.ts';
import type { TokenKey } from '../signers/pkcs11.ts';
import { MemoryToken } from '../testing/memory-token.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { withCode } from '../testing/with-code.ts';

const actor = 'client:admin';
const place = { signer: 'pkcs11', token: 'Memory' } as const;

async function withToken(t: TestContext) {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token });
  return { ...house, token, administration: house.authority.administration };
}

test('keys on a token whose authority loses a contention are removed from it', async (t) => {
  const { administration, storage, token } = await withToken(t);
  t.mock.method(storage.authorities, 'addAuthorities', () => Promise.resolve(false));
  await assert.rejects(administration.create({ name: 'vault', place, actor }), withCode('contended'));
  assert.deepEqual(token.locations, []);
});

test('of an intermediate that is tried again after a contention, one key is on the token', async (t) => {
  const { administration, authority, storage, token } = await withToken(t);
  await administration.create({ name: 'vault', place, actor });
  assert.equal(token.locations.length, 2);
  const lost = t.mock.method(storage.authorities, 'addAuthorities', () => Promise.resolve(false), {
    times: 2,
  });
  const created = await administration.create({ name: 'vault', place, actor });
  assert.equal(lost.mock.callCount(), 2);
  assert.ok(created.done);
  assert.equal(token.locations.length, 3);
  assert.ok(token.locations.includes(created.authority.keyLocation!));
  await authority.issue({ profile: 'server', names: ['a.example'], authority: 'vault', actor: 'cli' });
});

test('a key on a token that then does not sign is removed', async (t) => {
  const { administration, token } = await withToken(t);
  const signer = token.signer.bind(token);
  t.mock.method(token, 'signer', (key: TokenKey) => ({
    ...signer(key),
    sign: () => Promise.reject(new Pkcs11Error('token_failed', 'CKR_DEVICE_ERROR')),
  }));
  await assert.rejects(administration.create({ name: 'vault', place, actor }), withCode('token_unusable'));
  assert.deepEqual(token.locations, []);
});

test('an offline root is registered with the request that it has to sign, or not at all', async (t) => {
  const { administration, authority, token, storage } = await withToken(t);
  const { certificate } = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now: startOfTime });
  const asked = { name: 'vault', offlineRoot: certificate.toPem(), place, actor };
  const roots = authority.roots().length;
  token.away = true;
  await assert.rejects(administration.create(asked), withCode('token_unusable'));
  token.away = false;
  await assert.rejects(administration.create({ ...asked, permittedNames: ['nonsense'] }));
  t.mock.method(storage.authorities, 'addAuthorities', () => Promise.resolve(false), { times: 1 });
  await assert.rejects(administration.create(asked), withCode('contended'));
  assert.equal(authority.roots().length, roots);
  assert.deepEqual([await administration.requests(), token.locations], [[], []]);
  const created = await administration.create(asked);
  assert.ok(!created.done);
  assert.equal((await administration.requests()).length, 1);
  assert.equal(token.locations.length, 1);
  await administration.cancelRequest({ id: created.request.id, actor });
  assert.deepEqual(token.locations, []);
});

/** Each way to make a key on the token, and the statement of the store that records what it is for. */
const makings = [
  {
    what: 'a new authority',
    statement: 'addAuthorities',
    prepare: () => Promise.resolve(),
    make: ({ administration }: Tokened) => administration.create({ name: 'vault', place, actor }),
  },
  {
    what: 'another intermediate',
    statement: 'addAuthorities',
    prepare: ({ administration }: Tokened) => administration.create({ name: 'vault', actor }),
    make: ({ administration }: Tokened) => administration.create({ name: 'vault', place, actor }),
  },
  {
    what: 'an offline root and the request for its intermediate',
    statement: 'addAuthorities',
    prepare: () => Promise.resolve(),
    make: registerRoot,
  },
  {
    what: 'another request to an offline root',
    statement: 'addRequest',
    prepare: registerRoot,
    make: ({ administration }: Tokened) => administration.create({ name: 'vault', place, actor }),
  },
] as const;

type Tokened = Awaited<ReturnType<typeof withToken>>;

async function registerRoot({ administration }: Tokened) {
  const { certificate } = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now: startOfTime });
  return administration.create({ name: 'vault', offlineRoot: certificate.toPem(), place, actor });
}

/** What is on record and has its key on the token. */
async function recordedLocations({ storage }: Tokened): Promise<(string | undefined)[]> {
  const recorded = [
    ...(await storage.authorities.listAuthorities()),
    ...(await storage.authorities.listRequests()),
  ];
  return recorded.flatMap(({ keyLocation }) => keyLocation ?? []).sort();
}

for (const { what, statement, prepare, make } of makings) {
  test(`keys made on a token for ${what} are removed where recording fails, and stay where it fails after it is done`, async (t) => {
    const house = await withToken(t);
    const { storage, token } = house;
    await prepare(house);
    const before = token.locations;
    const real = storage.authorities[statement].bind(storage.authorities) as (
      ...given: never[]
    ) => Promise<unknown>;
    const failing = async (outcome: Error, done: boolean) => {
      const mocked = t.mock.method(storage.authorities, statement, async (...given: never[]) => {
        if (done) await real(...given);
        throw outcome;
      });
      await assert.rejects(make(house), outcome);
      mocked.mock.restore();
    };
    await failing(new StorageError('conflict', 'there already'), false);
    await failing(new Error('broken'), false);
    assert.deepEqual(token.locations, before);
    await failing(new Error('too late'), true);
    assert.ok(token.locations.length > before.length);
    assert.deepEqual(await recordedLocations(house), [...token.locations].sort());
  });
}

test('a key stays on the token where nobody can tell whether its request was recorded', async (t) => {
  const house = await withToken(t);
  const { administration, storage, token } = house;
  await registerRoot(house);
  const recorded = token.locations.length;
  const lost = new StorageError('unreachable', 'the database is away');
  t.mock.method(storage.authorities, 'addRequest', () => Promise.reject(lost), { times: 1 });
  await assert.rejects(administration.create({ name: 'vault', place, actor }), lost);
  assert.equal(token.locations.length, recorded + 1);
  t.mock.method(storage.authorities, 'addRequest', () => Promise.reject(new Error('broken')), { times: 1 });
  t.mock.method(storage.authorities, 'listRequests', () => Promise.reject(lost), { times: 1 });
  await assert.rejects(administration.create({ name: 'vault', place, actor }), /broken/);
  assert.equal(token.locations.length, recorded + 2);
});

test('a root that was revoked meanwhile is asked for nothing, and no key is left', async (t) => {
  const house = await withToken(t);
  const { administration, storage, token } = house;
  await registerRoot(house);
  const before = token.locations;
  t.mock.method(storage.authorities, 'addRequest', () => Promise.resolve(false), { times: 1 });
  await assert.rejects(
    administration.create({ name: 'vault', place, actor }),
    withCode('no_active_authority'),
  );
  assert.deepEqual(token.locations, before);
});

test('the key of a request that was signed and taken before its recording was known to be done stays', async (t) => {
  const house = await withToken(t);
  const { administration, authority, storage, token } = house;
  await registerRoot(house);
  const recorded = token.locations.length;
  t.mock.method(
    storage.authorities,
    'addRequest',
    async (request: AuthorityRequest) => {
      const root = authority.list().find(({ id }) => id === request.parentId)!;
      const taken = {
        ...root,
        id: request.id,
        kind: 'intermediate',
        parentId: root.id,
        signer: 'pkcs11',
        keyLocation: request.keyLocation!,
        fingerprint256: 'ab'.repeat(32),
        spkiSha256: 'cd'.repeat(32),
        createdAt: root.createdAt + 1,
      } as const;
      await storage.authorities.addAuthorities(
        { authorities: [taken], expectedCount: authority.list().length },
        [],
      );
      throw new Error('too late');
    },
    { times: 1 },
  );
  await assert.rejects(administration.create({ name: 'vault', place, actor }), /too late/);
  assert.equal(token.locations.length, recorded + 1);
});
