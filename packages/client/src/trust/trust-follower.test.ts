import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createClient } from '../index.ts';
import { startTestAuthorizationServer } from '../testing/authorization-server.ts';
import { createTestAuthority } from '../testing/certificates.ts';

const [authority, other] = await Promise.all([createTestAuthority(), createTestAuthority()]);
const fingerprint = (pem: string): string =>
  new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

async function setUp(withCertificate: boolean) {
  const server = await startTestAuthorizationServer(authority, { clientId: 'billing', secret: 's' });
  let reports = 0;
  const roots = [authority.ca, other.ca].map((certificate) => ({
    sha256: fingerprint(certificate),
    certificate,
  }));
  server.answers.set('/trust/v1/bundle', (response) => response.end(JSON.stringify({ roots, retired: [] })));
  server.answers.set('/trust/v1/reports', (response) => {
    reports += 1;
    response.writeHead(204).end();
  });
  const client = createClient({
    issuer: server.issuer,
    clientId: 'billing',
    authentication: { method: 'client_secret_basic', clientSecret: 's' },
    anchors: authority.ca,
    ...(withCertificate ? { certificate: await authority.client('billing') } : {}),
  });
  return { server, client, reports: () => reports };
}

test('it takes up the roots of the server, hears of each change once, and reports each time', async (t) => {
  const { server, client, reports } = await setUp(true);
  t.after(() => server.stop());
  t.after(() => client.close());
  const heard: number[] = [];
  const follower = client.followTrust({ onChange: (anchors) => void heard.push(anchors.length) });
  await follower.check();
  await follower.check();
  assert.deepEqual(heard, [2]);
  assert.ok(reports() >= 2);
});

test('without a certificate it takes up the roots, and reports nothing', async (t) => {
  const { server, client, reports } = await setUp(false);
  t.after(() => server.stop());
  t.after(() => client.close());
  await client.followTrust().check();
  assert.equal(reports(), 0);
});

test('where the server cannot be asked, or takes no report, that is told and tried again', async (t) => {
  const { server, client } = await setUp(true);
  t.after(() => server.stop());
  t.after(() => client.close());
  server.answers.set('/trust/v1/reports', (response) => response.writeHead(403).end());
  const told = Promise.withResolvers<unknown>();
  const follower = client.followTrust({ onError: told.resolve });
  await assert.rejects(follower.check(), { code: 'server_unreachable' });
  assert.equal(((await told.promise) as { code: string }).code, 'server_unreachable');
  server.answers.set('/trust/v1/bundle', (response) => response.end('{"roots":[]}'));
  await assert.rejects(follower.check(), { code: 'server_response_invalid' });
});

test('an interval out of its bounds is refused', async (t) => {
  const { server, client } = await setUp(false);
  t.after(() => server.stop());
  t.after(() => client.close());
  for (const everySeconds of [9, 3601, Number.NaN]) {
    assert.throws(() => client.followTrust({ everySeconds }), { code: 'configuration_invalid' });
  }
});
