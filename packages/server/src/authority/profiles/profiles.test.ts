import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRequest } from '../testing/make-request.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { billing, forBilling, openShop } from '../testing/open-shop.ts';
import { withCode } from '../testing/with-code.ts';
import { Profiles } from './profiles.ts';
import { readProfile } from './read-profile.ts';

const actor = 'client:admin';
const failed = (error: unknown): void => assert.fail(String(error));
const forApi = { names: ['api.svc.example.com'], actor: 'cli' } as const;

test('an administrator makes and changes profiles; each is an event', async (t) => {
  const { authority, events } = await openHouse(t);
  const { profiles } = authority;
  const document = { based_on: 'server', default_lifetime_seconds: 3600 };
  const made = await profiles.create({ name: 'web', document, actor });
  assert.equal(made.source, 'administrator');
  const { certificate } = await authority.issue({ ...forApi, profile: 'web' });
  assert.equal(certificate.notAfter, startOfTime + 3_600_000);
  await profiles.update({ name: 'web', changes: { default_lifetime_seconds: null, acme: false }, actor });
  assert.equal(profiles.definition('web').defaultLifetimeSeconds, 90 * 86_400);
  assert.equal(profiles.definition('web').acme, false);
  const acts = (await events()).filter(({ object }) => object.kind === 'profile');
  assert.deepEqual(
    acts.map(({ act, object, actor: by }) => [act, object.id, by]),
    [
      ['profile.created', 'web', actor],
      ['profile.updated', 'web', actor],
    ],
  );
});

test('a shipped profile can be changed, and given back', async (t) => {
  const { authority } = await openHouse(t);
  const { profiles } = authority;
  await profiles.update({ name: 'server', changes: { key_types: ['rsa-3072'] }, actor });
  await assert.rejects(
    authority.issue({ ...forApi, profile: 'server', keyType: 'ec-p256' }),
    withCode('key_type_not_allowed'),
  );
  // This server's own certificate is not an administrator's to make impossible.
  await authority.issue({ ...forApi, profile: 'server', own: true, keyType: 'ec-p256' });
  await profiles.update({ name: 'server', changes: { key_types: null }, actor });
  await authority.issue({ ...forApi, profile: 'server', keyType: 'ec-p256' });
});

test('what is wrong changes nothing', async (t) => {
  const { authority, events } = await openHouse(t);
  const { profiles } = authority;
  const before = (await events()).length;
  const create = (name: string, document: object) =>
    profiles.create({ name, document: document as Record<string, string>, actor });
  await assert.rejects(create('web', {}), withCode('profile_invalid'));
  await assert.rejects(create('server', {}), withCode('profile_exists'));
  await assert.rejects(
    profiles.update({ name: 'web', changes: { acme: false }, actor }),
    withCode('profile_unknown'),
  );
  await assert.rejects(
    profiles.update({ name: 'client', changes: { acme: 1 }, actor }),
    withCode('profile_invalid'),
  );
  await assert.rejects(authority.issue({ ...forApi, profile: 'web' }), withCode('profile_unknown'));
  assert.equal((await events()).length, before);
});

test('a profile of the configuration is in force, and is changed there alone', async (t) => {
  const { storage, clock } = await openHouse(t);
  const configured = [readProfile('server', { default_lifetime_seconds: 3600 })];
  const options = { store: storage.profiles, feed: storage.feed, clock: clock.read, onError: failed };
  const profiles = await Profiles.open({ ...options, configured });
  t.after(() => profiles.close());
  assert.equal(profiles.find('server')?.source, 'configuration');
  assert.equal(profiles.definition('server').defaultLifetimeSeconds, 3600);
  const changes = { default_lifetime_seconds: 60 };
  await assert.rejects(profiles.update({ name: 'server', changes, actor }), withCode('profile_configured'));
  const create = profiles.create({ name: 'server', document: {}, actor });
  await assert.rejects(create, withCode('profile_exists'));
});

test('another process hears of a profile', async (t) => {
  const { storage, clock, authority } = await openHouse(t);
  const options = { store: storage.profiles, feed: storage.feed, clock: clock.read, onError: failed };
  const other = await Profiles.open(options);
  t.after(() => other.close());
  await authority.profiles.create({ name: 'web', document: { based_on: 'server' }, actor });
  await authority.profiles.update({ name: 'web', changes: { acme: false }, actor });
  // Reading again is under way when the act is delivered.
  while (other.find('web')?.definition.acme !== false) await new Promise(setImmediate);
});

test('names are held to the patterns and the name constraints of a profile', async (t) => {
  const { authority } = await openHouse(t);
  const { profiles } = authority;
  const document = {
    based_on: 'server',
    name_patterns: ['dns:*.svc.example.com', 'ip:10.0.0.0/8'],
    permitted_names: ['dns:svc.example.com'],
    excluded_names: ['dns:secret.svc.example.com'],
  };
  await profiles.create({ name: 'web', document, actor });
  await authority.issue({ profile: 'web', names: ['api.svc.example.com', '10.1.2.3'], actor: 'cli' });
  for (const name of ['api.example.com', 'a.b.svc.example.com', '192.0.2.1', 'secret.svc.example.com']) {
    await assert.rejects(
      authority.issue({ profile: 'web', names: [name], actor: 'cli' }),
      withCode('name_not_allowed'),
    );
  }
});

test('a request is held to the kinds of keys of a profile', async (t) => {
  const { authority } = await openHouse(t);
  await authority.profiles.create({
    name: 'web',
    document: { based_on: 'server', key_types: ['ec-p384', 'rsa-3072'] },
    actor,
  });
  const { pem } = await makeRequest({});
  await assert.rejects(
    authority.issue({ ...forApi, profile: 'web', csr: pem }),
    withCode('key_type_not_allowed'),
  );
  const { certificate } = await authority.issue({ ...forApi, profile: 'web' });
  assert.equal(certificate.publicKeyInfo.bits, 384);
});

test('usages that do not fit a key are left out, and other extensions and policies are taken', async (t) => {
  const { authority } = await openHouse(t);
  const document = {
    based_on: 'server',
    key_usage: ['digitalSignature', 'keyEncipherment', 'keyAgreement'],
    extended_key_usage: ['serverAuth', '1.3.6.1.5.5.7.3.17'],
    certificate_policies: ['1.3.6.1.4.1.99999.1'],
    extensions: [{ oid: '1.3.6.1.5.5.7.1.24', value: 'MAMCAQU=' }],
  };
  await authority.profiles.create({ name: 'web', document, actor });
  const ec = (await authority.issue({ ...forApi, profile: 'web' })).certificate;
  assert.deepEqual([...ec.keyUsage!].sort(), ['digitalSignature', 'keyAgreement']);
  assert.deepEqual(ec.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.17']);
  assert.equal(ec.extension('1.3.6.1.5.5.7.1.24')?.value.toString('hex'), '3003020105');
  assert.equal(ec.certificatePolicies?.[0]?.oid, '1.3.6.1.4.1.99999.1');
  const rsa = (await authority.issue({ ...forApi, profile: 'web', keyType: 'rsa-2048' })).certificate;
  assert.deepEqual([...rsa.keyUsage!].sort(), ['digitalSignature', 'keyEncipherment']);
});

test('a certificate of the profile short-lived lives hours, and says nothing of its revocation', async (t) => {
  const { authority } = await openShop(t);
  const { certificate, record } = await authority.issue({ ...forBilling, profile: 'short-lived' });
  assert.equal(certificate.notAfter, startOfTime + 8 * 3_600_000);
  assert.equal(certificate.crlDistributionPoints, undefined);
  const access = certificate.authorityInformationAccess ?? [];
  assert.deepEqual(
    access.map(({ method }) => method),
    ['1.3.6.1.5.5.7.48.2'],
  );
  assert.notEqual(record.credentialId, undefined);
  const tooLong = { ...forBilling, profile: 'short-lived', lifetimeSeconds: 86_401 };
  await assert.rejects(authority.issue(tooLong), withCode('lifetime_out_of_bounds'));
});

test('a server of a client holds its SPIFFE ID beside the names that were given', async (t) => {
  const { authority } = await openShop(t, {
    ...billing,
    tls_client_auth_san_uri: 'spiffe://example.com/billing',
  });
  const document = { based_on: 'server', uri: 'spiffe', acme: false };
  await authority.profiles.create({ name: 'mesh-server', document, actor });
  const forMesh = { profile: 'mesh-server', names: ['api.example.com'], actor: 'cli' } as const;
  const { record } = await authority.issue({ ...forMesh, clientId: 'billing' });
  assert.deepEqual(record.names, ['dns:api.example.com', 'uri:spiffe://example.com/billing']);
  assert.equal(record.credentialId, undefined);
  await assert.rejects(authority.issue(forMesh), withCode('client_required'));
});
