import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { validatePath } from '@mortise/x509';
import type { Authority } from './authority.ts';
import type { AuthorityKeyType } from './authority-record.ts';
import { openAgain } from './testing/open-again.ts';
import { openHouse, startOfTime } from './testing/open-house.ts';
import { revokeAuthorities } from './testing/revoke-authorities.ts';
import { withCode } from './testing/with-code.ts';

test('the first start makes a root that signs an intermediate, with an event each', async (t) => {
  const house = await openHouse(t);
  const [root, intermediate, ...others] = house.authority.list();
  assert.deepEqual(others, []);
  assert.equal(root?.kind, 'root');
  assert.equal(intermediate?.kind, 'intermediate');
  assert.equal(intermediate?.parentId, root?.id);
  assert.match(root!.id, /^auth_[A-Za-z0-9_-]{16}$/);
  const rootCertificate = house.authority.certificate(root!.id)!;
  const intermediateCertificate = house.authority.certificate(intermediate!.id)!;
  assert.deepEqual(rootCertificate.basicConstraints, { ca: true, pathLength: 2 });
  assert.deepEqual(intermediateCertificate.basicConstraints, { ca: true, pathLength: 0 });
  assert.deepEqual([...intermediateCertificate.keyUsage!].sort(), ['cRLSign', 'keyCertSign']);
  assert.ok(new X509Certificate(intermediateCertificate.der).verify(rootCertificate.publicKey));
  assert.deepEqual(
    (await house.events()).map(({ act, object, actor }) => ({ act, id: object.id, actor })),
    [
      { act: 'authority.created', id: root!.id, actor: 'system' },
      { act: 'authority.created', id: intermediate!.id, actor: 'system' },
    ],
  );
});

test('a later start finds the same authorities and can sign with them', async (t) => {
  const house = await openHouse(t);
  const again = await openAgain(house);
  t.after(() => again.close());
  assert.deepEqual(
    again.list().map(({ id }) => id),
    house.authority.list().map(({ id }) => id),
  );
  const issued = await again.issue({ profile: 'server', names: ['api.example'], actor: 'cli' });
  assert.ok(await leadsToRoot(house.authority, issued.certificate.toPem(), issued.chain[0]!.toPem()));
});

test('two nodes that start at once on an empty database end with the same authorities', async (t) => {
  const house = await openHouse(t);
  const { storage } = house;
  let hidden = 1;
  const again = await openAgain(house, {
    store: {
      ...bound(storage.authorities),
      // The first reading is from before the other node's act.
      listAuthorities: async () => (hidden-- > 0 ? [] : storage.authorities.listAuthorities()),
    },
  });
  t.after(() => again.close());
  assert.deepEqual(
    again.list().map(({ id }) => id),
    house.authority.list().map(({ id }) => id),
  );
  assert.equal((await storage.authorities.listAuthorities()).length, 2);
});

for (const algorithm of ['ec-p256', 'ec-p384', 'rsa-2048', 'ed25519'] as AuthorityKeyType[]) {
  test(`an authority with keys of the kind ${algorithm} issues what validates`, async (t) => {
    const house = await openHouse(t, { algorithm });
    assert.deepEqual(
      house.authority.list().map(({ keyType }) => keyType),
      [algorithm, algorithm],
    );
    const issued = await house.authority.issue({ profile: 'server', names: ['api.example'], actor: 'cli' });
    assert.ok(await leadsToRoot(house.authority, issued.certificate.toPem(), issued.chain[0]!.toPem()));
  });
}

test('private keys are stored sealed, each for its own authority', async (t) => {
  const house = await openHouse(t);
  const [root, intermediate] = await house.storage.authorities.listAuthorities();
  for (const { id, sealedPrivateKey } of [root!, intermediate!]) {
    const opened = house.storage.sealer.open(`authority-key:${id}`, sealedPrivateKey!);
    assert.equal(sealedPrivateKey!.includes(opened.subarray(-32)), false);
  }
  assert.throws(() =>
    house.storage.sealer.open(`authority-key:${root!.id}`, intermediate!.sealedPrivateKey!),
  );
});

test('a start with another master key is refused before anything is issued', async (t) => {
  const house = await openHouse(t);
  const { storage } = house;
  const opening = openAgain(house, {
    sealer: {
      seal: (purpose, bytes) => storage.sealer.seal(purpose, bytes),
      open: () => {
        throw new Error('unauthentic');
      },
    },
  });
  await assert.rejects(opening, withCode('authority_key_unusable'));
});

test('a stored key that is not the one of the certificate is refused', async (t) => {
  const house = await openHouse(t);
  const { storage } = house;
  const [root, intermediate] = await storage.authorities.listAuthorities();
  const rootKey = storage.sealer.open(`authority-key:${root!.id}`, root!.sealedPrivateKey!);
  const swapped = storage.sealer.seal(`authority-key:${intermediate!.id}`, rootKey);
  const opening = openAgain(house, {
    store: {
      ...bound(storage.authorities),
      listAuthorities: async () => [root!, { ...intermediate!, sealedPrivateKey: swapped }],
    },
  });
  await assert.rejects(opening, withCode('authority_key_unusable'));
});

test('the certificate names where its issuer can be fetched', async (t) => {
  const { authority } = await openHouse(t);
  const [, intermediate] = authority.list();
  const { certificate, chain } = await authority.issue({
    profile: 'server',
    names: ['a.example'],
    actor: 'cli',
  });
  const url = `http://pki.mortise.example:8080/ca/${intermediate!.id}.crt`;
  assert.equal(authority.certificateUrl(intermediate!.id), url);
  const { ca } = new X509Certificate(certificate.der).toLegacyObject();
  assert.equal(ca, false);
  assert.ok(new X509Certificate(certificate.der).infoAccess?.includes(`CA Issuers - URI:${url}`));
  assert.deepEqual(
    chain.map(({ fingerprint256 }) => fingerprint256),
    [intermediate!.fingerprint256],
  );
});

test('chainFor a certificate of another authority is empty', async (t) => {
  const house = await openHouse(t);
  const other = await openHouse(t);
  const { certificate } = await other.authority.issue({
    profile: 'server',
    names: ['a.example'],
    actor: 'cli',
  });
  assert.deepEqual(house.authority.chainFor(certificate), []);
});

test('another intermediate issues from then on, and both are trusted', async (t) => {
  const { authority } = await openHouse(t);
  const before = authority.epoch;
  const made = await authority.createIntermediate({ actor: 'cli' });
  assert.notEqual(authority.epoch, before);
  const issued = await authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' });
  assert.equal(issued.record.authorityId, made.id);
  assert.equal(authority.anchors().length, 2);
  assert.equal(authority.authorityId(made.spkiSha256), made.id);
  assert.deepEqual(
    authority.pins().sort(),
    authority
      .list()
      .map(({ spkiSha256 }) => spkiSha256)
      .sort(),
  );
});

test('authorities at their end vouch for nothing; a root that lives signs another intermediate', async (t) => {
  const { authority, clock } = await openHouse(t);
  const [root, intermediate] = authority.list();
  clock.now = intermediate!.notAfter;
  assert.deepEqual(authority.anchors(), []);
  assert.deepEqual(authority.intermediates(), []);
  assert.equal(authority.isActive(intermediate!.id), false);
  assert.equal(authority.roots().length, 1);
  const issue = () => authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' });
  const [first, second] = await Promise.all([issue(), issue()]);
  assert.equal(first.record.authorityId, second.record.authorityId);
  assert.equal(authority.list().length, 3);
  clock.now = root!.notAfter;
  await assert.rejects(issue(), withCode('no_active_authority'));
});

test('a start after main was revoked takes another authority for its own certificates, and makes none', async (t) => {
  const house = await openHouse(t);
  const { storage, clock, authority } = house;
  const created = await authority.administration.create({ name: 'partners', actor: 'cli' });
  assert.ok(created.done);
  await revokeAuthorities(
    storage,
    authority
      .list()
      .filter(({ name }) => name === 'main')
      .map(({ id }) => id),
    clock.now,
  );
  const again = await openAgain(house);
  t.after(() => again.close());
  assert.equal(again.list().length, 4);
  const own = { profile: 'server', own: true, names: ['localhost'], actor: 'system' } as const;
  assert.equal((await again.issue(own)).record.authorityId, created.authority.id);
  assert.equal(again.roots().length, 1);
});

test('a start after the last root was revoked makes new ones', async (t) => {
  const house = await openHouse(t);
  const { storage, clock, authority } = house;
  const [root, intermediate] = authority.list();
  await revokeAuthorities(storage, [root!.id, intermediate!.id], clock.now);
  await assert.rejects(
    authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' }),
    withCode('no_active_authority'),
  );
  const again = await openAgain(house);
  t.after(() => again.close());
  assert.equal(again.list().length, 4);
  assert.equal(again.roots().length, 1);
  assert.equal(again.isActive(root!.id), false);
  assert.ok(await again.issue({ profile: 'server', names: ['a.example'], actor: 'cli' }));
});

test('a certificate never outlives its issuer, nor an intermediate its root', async (t) => {
  const { authority, clock } = await openHouse(t);
  const [root, intermediate] = authority.list();
  clock.now = intermediate!.notAfter - 3_600_000;
  const issued = await authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' });
  assert.equal(issued.certificate.notAfter, intermediate!.notAfter);
  clock.now = root!.notAfter - 86_400_000;
  const late = await authority.createIntermediate({ actor: 'cli' });
  assert.equal(late.notAfter, root!.notAfter);
});

test('certificates are shown by fingerprint in either form and listed by client', async (t) => {
  const { authority, client } = await openHouse(t).then(async (house) => {
    await house.resource('https://api.example', ['read']);
    return house;
  });
  await client({ client_id: 'billing', token_endpoint_auth_method: 'tls_client_auth', scope: 'read' });
  const issued = await authority.issue({ profile: 'client', clientId: 'billing', actor: 'cli' });
  await authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' });
  const { fingerprint256 } = issued.certificate;
  const colons = new X509Certificate(issued.certificate.der).fingerprint256;
  assert.deepEqual(await authority.findCertificate(colons), issued.record);
  assert.equal(await authority.findCertificate('00'.repeat(32)), undefined);
  const listed = await authority.listCertificates({ filter: { clientId: 'billing' }, limit: 10 });
  assert.deepEqual(
    listed.map((each) => each.fingerprint256),
    [fingerprint256],
  );
  assert.equal((await authority.listCertificates({ limit: 10 })).length, 2);
});

async function leadsToRoot(authority: Authority, leaf: string, intermediate: string): Promise<boolean> {
  const result = await validatePath({
    leaf,
    certificates: [intermediate],
    anchors: authority.roots(),
    at: startOfTime,
    purpose: 'serverAuth',
    name: { type: 'dns', value: 'api.example' },
  });
  return result.valid;
}

/** The methods of a store, so that one can be replaced. */
function bound<Store extends object>(store: Store): Store {
  return new Proxy({} as Store, {
    ownKeys: () => Object.getOwnPropertyNames(Object.getPrototypeOf(store)),
    getOwnPropertyDescriptor: (_, name) => ({
      enumerable: true,
      configurable: true,
      value: (store[name as keyof Store] as () => unknown).bind(store),
    }),
    get: (_, name) => (store[name as keyof Store] as () => unknown).bind(store),
  });
}
