import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { validatePath } from '@mortise/x509';
import type { IssueOptions } from './issue.ts';
import { issue } from './issue.ts';
import { OwnAuthorities } from './own-authorities.ts';
import { AuthorityKeys } from './signers/authority-keys.ts';
import { makeRequest } from './testing/make-request.ts';
import { billing, billingUri, forBilling, openShop } from './testing/open-shop.ts';
import { revokeAuthorities } from './testing/revoke-authorities.ts';
import { withCode } from './testing/with-code.ts';

test('a client certificate holds the default name of its client and validates for client authentication', async (t) => {
  const { authority, clock } = await openShop(t);
  const { certificate, keyPem, record, chain } = await authority.issue(forBilling);
  assert.deepEqual(certificate.subjectAltName, [{ type: 'uri', value: billingUri }]);
  assert.equal(certificate.subject.toString(), 'CN=billing');
  assert.deepEqual([...certificate.keyUsage!], ['digitalSignature']);
  assert.deepEqual(certificate.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(certificate.basicConstraints?.ca, false);
  assert.equal(certificate.notAfter, clock.now + 90 * 86_400_000);
  assert.ok(certificate.notBefore < clock.now);
  assert.ok(new X509Certificate(certificate.der).checkPrivateKey(createPrivateKey(keyPem!)));
  assert.deepEqual(record.names, [`uri:${billingUri}`]);
  const anchors = authority.anchors().map((anchor) => anchor.certificate!);
  const asClient = { leaf: certificate, anchors, at: clock.now, purpose: 'clientAuth' } as const;
  assert.equal((await validatePath(asClient)).valid, true);
  assert.equal((await validatePath({ ...asClient, purpose: 'serverAuth' })).valid, false);
  assert.equal(
    (await validatePath({ ...asClient, certificates: chain, anchors: authority.roots() })).valid,
    true,
  );
});

test('issuing registers the credential and tells the feed in the same act', async (t) => {
  const house = await openShop(t);
  await house.clients.find('billing');
  const { certificate, record } = await house.authority.issue({ ...forBilling, actor: 'client:admin' });
  const client = await house.clients.find('billing');
  const credential = client?.credentials.find(({ kind }) => kind === 'certificate');
  assert.ok(credential?.kind === 'certificate');
  assert.equal(credential.id, record.credentialId);
  assert.equal(credential.x5t, certificate.thumbprint);
  assert.equal(credential.authorityId, record.authorityId);
  assert.equal((await house.clients.byCertificate(certificate.thumbprint))?.clientId, 'billing');
  const event = (await house.events()).at(-1);
  assert.equal(event?.act, 'certificate.issued');
  assert.deepEqual(event?.object, { kind: 'certificate', id: certificate.fingerprint256 });
  assert.equal(event?.clientId, 'billing');
  assert.equal(event?.actor, 'client:admin');
  assert.equal(event?.data?.['credential_id'], credential.id);
});

for (const [member, value, san] of [
  ['tls_client_auth_san_dns', 'billing.internal', { type: 'dns', value: 'billing.internal' }],
  ['tls_client_auth_san_uri', 'spiffe://example/billing', { type: 'uri', value: 'spiffe://example/billing' }],
  ['tls_client_auth_san_email', 'billing@example.com', { type: 'email', value: 'billing@example.com' }],
] as const) {
  test(`the name of the matcher ${member} is the certificate's`, async (t) => {
    const { authority } = await openShop(t, { ...billing, [member]: value });
    const { certificate } = await authority.issue(forBilling);
    assert.deepEqual(certificate.subjectAltName, [san]);
  });
}

test("an address of the matcher is the certificate's, whatever its textual form", async (t) => {
  const { authority } = await openShop(t, { ...billing, tls_client_auth_san_ip: '2001:DB8:0::1' });
  const { record } = await authority.issue(forBilling);
  assert.deepEqual(record.names, ['ip:2001:db8::1']);
});

test("the subject of the matcher is the certificate's, with no other name", async (t) => {
  const { authority } = await openShop(t, { ...billing, tls_client_auth_subject_dn: 'CN=Billing,O=Example' });
  const { certificate } = await authority.issue(forBilling);
  assert.equal(certificate.subject.toString(), 'CN=Billing,O=Example');
  assert.equal(certificate.subjectAltName, undefined);
});

test('a client id too long for a common name leaves the subject empty and the name critical', async (t) => {
  const clientId = 'b'.repeat(65);
  const { authority } = await openShop(t, { ...billing, client_id: clientId });
  const { certificate } = await authority.issue({ profile: 'client', clientId, actor: 'cli' });
  assert.equal(certificate.subject.empty, true);
  assert.equal(certificate.extension('2.5.29.17')?.critical, true);
});

test('a generated key is of the kind asked for, and not asked for beside a request', async (t) => {
  const { authority } = await openShop(t);
  const { keyPem } = await authority.issue({ ...forBilling, keyType: 'ed25519' });
  assert.equal(createPrivateKey(keyPem!).asymmetricKeyType, 'ed25519');
  const { pem } = await makeRequest({});
  await assert.rejects(
    authority.issue({ ...forBilling, keyType: 'ed25519', csr: pem }),
    withCode('key_not_allowed'),
  );
});

test('no generated key is kept anywhere in the database', async (t) => {
  const house = await openShop(t);
  const { keyPem } = await house.authority.issue(forBilling);
  const kept = JSON.stringify([
    await house.events(),
    await house.authority.listCertificates({ limit: 10 }),
    await house.clients.read('billing'),
  ]);
  assert.equal(kept.includes('PRIVATE KEY'), false);
  const d = createPrivateKey(keyPem!).export({ format: 'jwk' }).d!;
  assert.equal(kept.includes(d), false);
});

for (const lifetimeSeconds of [59, 0, -1, 1.5, Number.NaN, 398 * 86_400 + 1]) {
  test(`a lifetime of ${lifetimeSeconds} seconds is refused`, async (t) => {
    const { authority } = await openShop(t);
    await assert.rejects(
      authority.issue({ ...forBilling, lifetimeSeconds }),
      withCode('lifetime_out_of_bounds'),
    );
  });
}

test('a lifetime within bounds is what the certificate gets', async (t) => {
  const { authority, clock } = await openShop(t);
  const { certificate } = await authority.issue({ ...forBilling, lifetimeSeconds: 60 });
  assert.equal(certificate.notAfter, clock.now + 60_000);
});

test('a client certificate needs a client that is there and active, and takes no names', async (t) => {
  const house = await openShop(t);
  const { authority } = house;
  const issue = (options: Partial<IssueOptions>) => authority.issue({ ...forBilling, ...options });
  await assert.rejects(authority.issue({ profile: 'client', actor: 'cli' }), withCode('client_required'));
  await assert.rejects(issue({ clientId: 'nobody' }), withCode('client_unknown'));
  await assert.rejects(issue({ names: ['a.example'] }), withCode('names_not_allowed'));
  for (const status of ['suspended', 'revoked'] as const) {
    const client = await house.clients.read('billing');
    await house.storage.revocation.changeClientStatus(
      { clientId: 'billing', expectedRevision: client!.revision, status, epoch: 2, at: house.clock.now },
      {
        actor: 'cli',
        act: `client.${status}`,
        object: { kind: 'client', id: 'billing' },
        clientId: 'billing',
      },
    );
    await assert.rejects(issue({}), withCode('client_not_active'));
  }
});

test('a client revoked while its certificate is signed gets none', async (t) => {
  const house = await openShop(t);
  const client = (await house.clients.find('billing'))!;
  await house.storage.revocation.revokeClient(
    {
      clientId: 'billing',
      expectedRevision: client.revision,
      status: 'revoked',
      epoch: 1,
      at: house.clock.now,
    },
    () => ({ actor: 'cli', act: 'client.revoked', object: { kind: 'client', id: 'billing' } }),
  );
  // The event above names no client, so that the cache still holds the active one, as in the middle of a race.
  const before = await house.events();
  const cached = { ...client, status: 'active' as const };
  const { storage, clock } = house;
  const authorities = new OwnAuthorities({
    store: storage.authorities,
    keys: new AuthorityKeys(storage.sealer),
    feed: storage.feed,
    clock: clock.read,
    onError: (error) => assert.fail(String(error)),
  });
  t.after(() => authorities.close());
  await authorities.reload();
  const issuing = issue(
    {
      store: storage.authorities,
      authorities,
      profiles: house.authority.profiles,
      clients: { find: async () => cached },
      issuer: 'https://mortise.example',
      certificateUrl: (id) => `http://pki.example/ca/${id}.crt`,
      clock: clock.read,
    },
    forBilling,
  );
  await assert.rejects(issuing, withCode('client_not_active'));
  assert.deepEqual(await house.events(), before);
});

test('a revoked intermediate is replaced by its root, a revoked root by nothing', async (t) => {
  const { authority, storage, clock } = await openShop(t);
  const [root, intermediate] = authority.list();
  const before = await authority.issue(forBilling);
  const epoch = authority.epoch;
  await revokeAuthorities(storage, [intermediate!.id], clock.now);
  assert.notEqual(authority.epoch, epoch);
  assert.deepEqual(authority.anchors(), []);
  assert.deepEqual(authority.chainFor(before.certificate), []);
  const shown = await authority.findCertificate(before.certificate.fingerprint256);
  assert.equal(shown?.revokedAt, clock.now);
  const { record } = await authority.issue(forBilling);
  assert.notEqual(record.authorityId, intermediate!.id);
  assert.equal(authority.list().length, 3);
  await revokeAuthorities(storage, [root!.id], clock.now);
  assert.deepEqual(authority.anchors(), []);
  assert.deepEqual(authority.roots(), []);
  await assert.rejects(authority.issue(forBilling), withCode('no_active_authority'));
});
