/** openid-client as a foreign client, as its users write it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as client from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import { Mortise } from '../../examples/quickstart/mortise.ts';

test('openid-client discovers the server and gets a token by client_secret_post and by tls_client_auth', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-interop-'));
  const mortise = await Mortise.start(join(folder, 'data'));
  t.after(async () => {
    await mortise.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const resource = 'https://payments.example';
  const common = ['--scope', 'payments:write', '--resource', resource];
  await mortise.administer('resource', 'create', resource, '--scope', 'payments:write');
  const posted = await mortise.administer(
    ...['client', 'create', 'post', '--token-endpoint-auth-method', 'client_secret_post', ...common],
  );
  await mortise.administer(
    'client',
    'create',
    'tls',
    '--token-endpoint-auth-method',
    'tls_client_auth',
    ...common,
  );
  const out = join(folder, 'tls');
  await mortise.administer('certificate', 'issue', '--client', 'tls', '--out', out);
  const pem = (file: string): string => readFileSync(join(out, file), 'utf8');
  const presenting = (identity: { key?: string; cert?: string }): client.CustomFetch => {
    const dispatcher = new Agent({ connect: { ca: pem('ca.pem'), ...identity } });
    return ((url: string, init: object) =>
      undiciFetch(url, { ...init, dispatcher })) as unknown as client.CustomFetch;
  };
  const discover = (
    id: string,
    metadata: Partial<client.ClientMetadata>,
    authentication: client.ClientAuth,
    identity: { key?: string; cert?: string } = {},
  ): Promise<client.Configuration> =>
    client.discovery(new URL(mortise.ready.issuer), id, metadata, authentication, {
      algorithm: 'oauth2',
      [client.customFetch]: presenting(identity),
    });

  const secret = String(posted['client_secret']);
  const bySecret = await discover('post', {}, client.ClientSecretPost(secret));
  const bearer = await client.clientCredentialsGrant(bySecret, { scope: 'payments:write', resource });
  assert.equal(bearer.token_type, 'bearer');

  const identity = { key: pem('key.pem'), cert: pem('cert.pem') };
  const metadata = { use_mtls_endpoint_aliases: true };
  const byCertificate = await discover('tls', metadata, client.TlsClientAuth(), identity);
  const bound = await client.clientCredentialsGrant(byCertificate, { scope: 'payments:write', resource });
  assert.equal(bound.scope, 'payments:write');
});
