import assert from 'node:assert/strict';
import { test } from 'node:test';
import { billing, forBilling, openShop } from '../../testing/open-shop.ts';
import { withCode } from '../../testing/with-code.ts';

const forSpiffe = { ...forBilling, profile: 'spiffe' } as const;
const id = 'spiffe://example.com/ns/prod/sa/billing';
const uris = (names: readonly { type: string; value?: unknown }[] | undefined) =>
  (names ?? []).filter(({ type }) => type === 'uri').map(({ value }) => value);

test("an X.509-SVID has the client's SPIFFE ID as its one URI, is no authority, signs, and is for both sides", async (t) => {
  const { authority } = await openShop(t, { ...billing, tls_client_auth_san_uri: id });
  const { certificate, record } = await authority.issue(forSpiffe);
  assert.deepEqual(uris(certificate.subjectAltName), [id]);
  assert.equal(certificate.basicConstraints?.ca, false);
  assert.deepEqual([...certificate.keyUsage!], ['digitalSignature']);
  assert.equal(certificate.extension('2.5.29.15')?.critical, true);
  assert.deepEqual(certificate.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
  assert.equal(certificate.notAfter - Date.parse('2026-03-01T12:00:00Z'), 3_600_000);
  assert.notEqual(record.credentialId, undefined);
});

test('a client that no URI is registered for gets a SPIFFE ID in the trust domain of the issuer', async (t) => {
  const { authority } = await openShop(t, { client_id: 'billing', scope: 'payments:write' });
  const { certificate } = await authority.issue(forSpiffe);
  assert.deepEqual(uris(certificate.subjectAltName), ['spiffe://mortise.example/clients/billing']);
});

test('a matcher by DNS name stays the name of the client, beside its SPIFFE ID', async (t) => {
  const { authority } = await openShop(t, { ...billing, tls_client_auth_san_dns: 'billing.internal' });
  const { record } = await authority.issue(forSpiffe);
  assert.deepEqual(record.names, ['dns:billing.internal', 'uri:spiffe://mortise.example/clients/billing']);
});

test('a client whose URI is no SPIFFE ID gets no X.509-SVID', async (t) => {
  const { authority } = await openShop(t);
  await assert.rejects(authority.issue(forSpiffe), withCode('names_invalid'));
});

test('a client id that no SPIFFE ID can hold gets no X.509-SVID', async (t) => {
  const { authority } = await openShop(t, { client_id: 'bill~ing', scope: 'payments:write' });
  await assert.rejects(authority.issue({ ...forSpiffe, clientId: 'bill~ing' }), withCode('names_invalid'));
});

test('a profile with a trust domain issues for that alone', async (t) => {
  const { authority } = await openShop(t, { ...billing, tls_client_auth_san_uri: id });
  const { profiles } = authority;
  await profiles.create({
    name: 'mesh',
    document: { based_on: 'spiffe', trust_domain: 'example.com' },
    actor: 'cli',
  });
  await authority.issue({ ...forSpiffe, profile: 'mesh' });
  await profiles.update({ name: 'mesh', changes: { trust_domain: 'other.example' }, actor: 'cli' });
  await assert.rejects(authority.issue({ ...forSpiffe, profile: 'mesh' }), withCode('names_invalid'));
});
