import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House, type IssuedIdentity } from './testing/house.ts';
import { basic, bearer, claimsOf } from './testing/https-request.ts';

let house: House;
let billing: IssuedIdentity;
let partner: IssuedIdentity;
let partnerSecret: string;

before(async () => {
  house = await House.start();
  billing = await house.certified('billing', { scope: '', resources: [] });
  await house.resource(['billing']);
  partnerSecret = await house.client('partner');
  partner = await house.certificate('partner');
});
after(() => house.discard());

/** What proxies write, in every spelling that some server has believed. */
function forgedHeaders({ leaf, cert, fingerprint }: IssuedIdentity): Record<string, string>[] {
  const der = Buffer.from(leaf.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  const oneLine = leaf.trim().replaceAll('\n', ' ');
  const structured = `:${der.toString('base64')}:`;
  const envoy = `Hash=${fingerprint};Cert="${encodeURIComponent(leaf)}";Chain="${encodeURIComponent(cert)}"`;
  return [
    { 'client-cert': structured },
    { 'client-cert': structured, 'client-cert-chain': structured },
    { 'x-forwarded-client-cert': envoy },
    { 'x-ssl-client-cert': encodeURIComponent(leaf) },
    { 'x-ssl-client-cert': oneLine },
    { 'x-client-cert': der.toString('base64') },
    { 'x-forwarded-tls-client-cert': encodeURIComponent(der.toString('base64')) },
    {
      'x-amzn-mtls-clientcert': encodeURIComponent(leaf),
      'x-amzn-mtls-clientcert-leaf': encodeURIComponent(leaf),
    },
    { 'x-arr-clientcert': der.toString('base64') },
    { 'ssl-client-cert': encodeURIComponent(leaf), 'ssl-client-verify': 'SUCCESS' },
    { ssl_client_cert: oneLine, ssl_client_verify: 'SUCCESS' },
    { 'x-tls-client-cert': oneLine, 'x-ssl-client-verify': '0', 'x-ssl-client-s-dn': 'CN=billing' },
    { forwarded: 'for=127.0.0.1;proto=https', 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' },
  ];
}

/** Failures are counted by address, and these are meant to be refused for what they are. */
let addresses = 0;
const anotherAddress = (): string => `127.0.3.${++addresses}`;

test('invariant 2: a certificate in a header authenticates nobody, on either listener', async () => {
  for (const headers of forgedHeaders(billing)) {
    for (const listener of ['public', 'mtls'] as const) {
      const localAddress = anotherAddress();
      const answer = await house.token(listener, { headers, localAddress, form: { client_id: 'billing' } });
      assert.equal(answer.status, 401, JSON.stringify(headers));
      assert.equal((await house.reasons('billing'))[0], 'credential_missing');
    }
    const feed = await house.send('mtls', '/nodes/v1/feed', { headers });
    assert.equal(feed.status, 403);
  }
});

test('invariant 2: a certificate in a header binds no token, and stands in for none beside the real one', async () => {
  const tokenHeaders = bearer(await house.administratorToken());
  for (const headers of forgedHeaders(billing)) {
    const unbound = await house.token('public', {
      headers: { ...headers, ...basic('partner', partnerSecret) },
    });
    assert.equal(claimsOf(String(unbound.body['access_token']))['cnf'], undefined);
    const bound = await house.token('mtls', {
      identity: partner,
      headers: { ...headers, ...basic('partner', partnerSecret) },
    });
    assert.deepEqual(claimsOf(String(bound.body['access_token']))['cnf'], { 'x5t#S256': partner.x5t });
    const asBilling = await house.token('mtls', {
      identity: partner,
      headers,
      localAddress: anotherAddress(),
      form: { client_id: 'billing' },
    });
    assert.equal(asBilling.status, 401);
  }
  for (const headers of forgedHeaders(administrator())) {
    const answer = await house.send('mtls', '/admin/v1/clients', {
      headers: { ...headers, ...tokenHeaders },
    });
    assert.equal(answer.status, 401, JSON.stringify(headers));
  }
});

function administrator(): IssuedIdentity {
  const { cert, key } = house.administrator;
  const leaf = `${cert.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`;
  return { cert, key, leaf, fingerprint: '', x5t: '' };
}

test('invariant 2: forwarding headers change neither the names of the server nor the address that is counted', async () => {
  const headers = {
    host: 'elsewhere.example',
    'x-forwarded-host': 'elsewhere.example',
    'x-forwarded-proto': 'http',
    forwarded: 'host=elsewhere.example',
  };
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
    for (const listener of ['public', 'mtls'] as const) {
      const answer = await house.send(listener, path, { headers });
      assert.equal(answer.status, 200);
      assert.equal(answer.body['issuer'], house.ready.issuer);
      assert.equal(answer.text.includes('elsewhere'), false);
    }
  }
  const metadata = await house.send('mtls', '/.well-known/oauth-protected-resource/admin/v1', { headers });
  assert.equal(metadata.text.includes('elsewhere'), false);

  const from = async (forwardedFor: string): Promise<number> => {
    const spoofed = {
      ...basic('partner', 'wrong'),
      'x-forwarded-for': forwardedFor,
      'x-real-ip': forwardedFor,
    };
    return (await house.token('public', { headers: spoofed, localAddress: '127.0.0.9' })).status;
  };
  const statuses = new Set<number>();
  for (let failure = 0; failure < 25; failure += 1) statuses.add(await from(`192.0.2.${failure}`));
  assert.deepEqual(statuses, new Set([401, 429]), 'each pretended address counts as the real one');
});

test('invariant 2: my right secret over your certificate is refused, and no token comes', async () => {
  const before = await house.token('mtls', { identity: partner, headers: basic('partner', partnerSecret) });
  assert.equal(before.status, 200);
  const answer = await house.token('mtls', { identity: billing, headers: basic('partner', partnerSecret) });
  assert.equal(answer.status, 401);
  assert.equal(answer.body['error'], 'invalid_client');
  assert.equal((await house.reasons('partner'))[0], 'certificate_of_another_client');
});

test('invariant 2: the public listener never learns of a certificate that is offered to it', async () => {
  const form = { client_id: 'billing' };
  const answer = await house.token('public', { identity: billing, localAddress: anotherAddress(), form });
  assert.equal(answer.status, 401);
  assert.equal((await house.reasons('billing'))[0], 'credential_missing');
});
