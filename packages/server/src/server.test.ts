import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCommand } from './cli/testing/run-command.ts';
import { openConnection } from './http/testing/raw-connection.ts';
import { anyPorts, send, startTestServer, type TestServer } from './start/testing/running-server.ts';

let server: TestServer;
const resource = 'https://payments.example';

before(async () => {
  server = await startTestServer();
  await mortise(
    'resource',
    'create',
    resource,
    '--scope',
    'payments:read payments:write',
    '--resource-server',
    'admin',
  );
});
after(() => server.discard());

async function mortise(...argv: string[]): Promise<Record<string, unknown>> {
  const result = await runCommand([...argv, '--data', server.data, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result.json();
}

/** A client with a certificate from the server's authority. */
async function certified(
  id: string,
): Promise<{ key: string; cert: string; ca: string; fingerprint: string }> {
  await mortise(
    ...['client', 'create', id, '--token-endpoint-auth-method', 'tls_client_auth'],
    ...['--scope', 'payments:write', '--resource', resource],
  );
  const out = join(server.data, '..', id);
  const issued = await mortise('certificate', 'issue', '--client', id, '--out', out);
  assert.equal(issued['private_key'], undefined);
  assert.equal(statSync(join(out, 'key.pem')).mode & 0o777, 0o600);
  const read = (name: string): string => readFileSync(join(out, name), 'utf8');
  return {
    key: read('key.pem'),
    cert: read('cert.pem'),
    ca: read('ca.pem'),
    fingerprint: String(issued['fingerprint256']),
  };
}

const grant = (more: Record<string, string>) =>
  new URLSearchParams({ grant_type: 'client_credentials', ...more });

function claimsOf(token: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token).split('.')[1]!, 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

function fetchPlain(url: string): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    getPlain(url, { agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}

test('a first start makes everything with modes that keep others out', () => {
  assert.equal(statSync(server.data).mode & 0o777, 0o700);
  for (const file of ['master.key', 'mortise.db', 'admin/key.pem']) {
    assert.equal(statSync(join(server.data, file)).mode & 0o777, 0o600, file);
  }
  assert.match(server.logged(), /master key lies beside the data/);
});

test('a secret gets a bearer token on public and a refusal without one', async () => {
  const created = await mortise(
    'client',
    'create',
    'partner',
    '--scope',
    'payments:write',
    '--resource',
    resource,
  );
  const secret = String(created['client_secret']);
  const authorization = `Basic ${Buffer.from(`partner:${secret}`).toString('base64')}`;
  const url = `${server.issuer}/oauth2/token`;
  const answer = await send(url, {
    method: 'POST',
    ca: server.ca,
    headers: { authorization },
    body: grant({}),
  });
  assert.equal(answer.status, 400, 'a client without default scope has to name one');
  const scoped = await send(url, {
    method: 'POST',
    ca: server.ca,
    headers: { authorization },
    body: grant({ scope: 'payments:write' }),
  });
  assert.equal(scoped.status, 200, scoped.text);
  assert.equal(claimsOf(scoped.json()['access_token'])['cnf'], undefined);
  assert.equal(server.logged().includes(secret), false);
});

test('a certificate alone gets a token bound to it; its revocation ends its live connections and its tokens', async () => {
  const billing = await certified('billing');
  const tls = { ca: server.ca, key: billing.key, cert: billing.cert };
  const body = grant({ client_id: 'billing', scope: 'payments:write' });
  const answer = await send(`${server.mtls}/oauth2/token`, { method: 'POST', ...tls, body });
  assert.equal(answer.status, 200, answer.text);
  const token = String(answer.json()['access_token']);
  assert.deepEqual(claimsOf(token)['cnf'], {
    'x5t#S256': Buffer.from(billing.fingerprint, 'hex').toString('base64url'),
  });

  const { hostname, port } = new URL(server.mtls);
  const live = await openConnection({ host: hostname, port: Number(port), ...tls, servername: hostname });
  live.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(live.socket, 'data');
  const closed = once(live.socket, 'close');
  await mortise('certificate', 'revoke', billing.fingerprint, '--reason', 'keyCompromise');
  await closed;
  const refused = await send(`${server.mtls}/oauth2/token`, { method: 'POST', ...tls, body });
  assert.equal(refused.status, 401);
  assert.equal(refused.json()['error'], 'invalid_client');

  const { key, cert } = administrator();
  const introspection = await send(`${server.mtls}/oauth2/introspect`, {
    method: 'POST',
    ca: server.ca,
    key,
    cert,
    body: new URLSearchParams({ client_id: 'admin', token }),
  });
  assert.deepEqual(introspection.json(), { active: false });
});

test('revoking a client ends the live connections of its certificate', async () => {
  const doomed = await certified('doomed');
  const { hostname, port } = new URL(server.mtls);
  const tls = {
    host: hostname,
    port: Number(port),
    key: doomed.key,
    cert: doomed.cert,
    servername: hostname,
  };
  const live = await openConnection(tls);
  live.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(live.socket, 'data');
  const closed = once(live.socket, 'close');
  await mortise('client', 'revoke', 'doomed');
  await closed;
});

function administrator(): { key: string; cert: string } {
  const read = (name: string): string => readFileSync(join(server.data, 'admin', name), 'utf8');
  return { key: read('key.pem'), cert: read('cert.pem') };
}

test('headers that name a certificate or a host change nothing', async () => {
  const { cert } = administrator();
  const body = grant({ client_id: 'admin', scope: 'mortise:read' });
  const headers = {
    host: 'elsewhere.example',
    'client-cert': `:${Buffer.from(cert).toString('base64')}:`,
    'x-forwarded-client-cert': `Cert="${encodeURIComponent(cert)}"`,
    'x-ssl-client-cert': encodeURIComponent(cert),
    'x-forwarded-host': 'elsewhere.example',
  };
  for (const url of [server.mtls, server.issuer]) {
    const answer = await send(`${url}/oauth2/token`, { method: 'POST', ca: server.ca, headers, body });
    assert.equal(answer.status, 401);
  }
  const metadata = await send(`${server.issuer}/.well-known/oauth-authorization-server`, {
    ca: server.ca,
    headers,
  });
  assert.equal(metadata.text.includes('elsewhere'), false);
});

test('the metadata is at both well-known names, on both listeners, and may be kept', async () => {
  const first = await send(`${server.issuer}/.well-known/oauth-authorization-server`, { ca: server.ca });
  assert.equal(first.json()['issuer'], server.issuer);
  const aliases = first.json()['mtls_endpoint_aliases'] as Record<string, string>;
  assert.equal(aliases['token_endpoint'], `${server.mtls}/oauth2/token`);
  for (const base of [server.issuer, server.mtls]) {
    const other = await send(`${base}/.well-known/openid-configuration`, { ca: server.ca });
    assert.equal(other.text, first.text);
  }
  const etag = String(first.headers['etag']);
  const again = await send(`${server.issuer}/.well-known/oauth-authorization-server`, {
    ca: server.ca,
    headers: { 'if-none-match': etag },
  });
  assert.equal(again.status, 304);
  const jwks = await send(String(first.json()['jwks_uri']), { ca: server.ca });
  assert.equal((jwks.json()['keys'] as object[]).length, 1);
});

test('an authority certificate is served on pki, where the issued certificates say', async () => {
  const { hostname, port } = new URL(server.pki);
  const authorities = (await mortise('authority', 'show')) as unknown as {
    authority_id: string;
    fingerprint256: string;
  }[];
  for (const { authority_id: id } of authorities) {
    const answer = await fetchPlain(`http://${hostname}:${port}/ca/${id}.crt`);
    assert.equal(answer.status, 200);
    assert.equal(answer.body[0], 0x30);
  }
  assert.equal((await fetchPlain(`${server.pki}/ca/none.crt`)).status, 404);
  assert.equal((await fetchPlain(`${server.pki}/oauth2/token`)).status, 404);
});

test('health, readiness and metrics', async () => {
  const metricsUrl = `http://${server.listening.metrics}`;
  assert.equal((await fetchPlain(`${metricsUrl}/readyz`)).status, 200);
  assert.equal((await send(`${server.issuer}/healthz`, { ca: server.ca })).status, 200);
  const text = (await fetchPlain(`${metricsUrl}/metrics`)).body.toString();
  assert.match(
    text,
    /mortise_http_requests_total\{listener="mtls",route="\/oauth2\/token",status="200"\} \d+/,
  );
  assert.match(text, /mortise_http_request_duration_seconds_bucket\{[^}]*le="\+Inf"\} \d+/);
  assert.match(text, /process_resident_memory_bytes/);
  for (const name of [
    'mortise_certificates_issued_total{profile="client"}',
    'mortise_acme_validations_in_progress',
    'mortise_ocsp_signatures_total{kind="live"}',
    'mortise_crls_published_total{outcome="made"}',
  ]) {
    assert.ok(text.includes(`\n${name} `), name);
  }
  assert.equal((await send(`${server.issuer}/metrics`, { ca: server.ca })).status, 404);
});

test('a body over the limit is an OAuth error, and a broken one never a 500', async () => {
  const url = `${server.issuer}/oauth2/token`;
  const large = await send(url, { method: 'POST', ca: server.ca, body: grant({ x: 'a'.repeat(70_000) }) });
  assert.equal(large.status, 413);
  assert.equal(large.json()['error'], 'invalid_request');
  for (const body of ['%zz=%', 'a=\0', 'scope=a&scope=b', '\xff\xfe', '']) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await send(url, { method: 'POST', ca: server.ca, headers, body });
    assert.ok(answer.status >= 400 && answer.status < 500, `${JSON.stringify(body)}: ${answer.status}`);
  }
});

test('the admin API refuses requests without a token, with a bearer token, and without the scope', async () => {
  const api = `${server.mtls}/admin/v1/clients`;
  const { key, cert } = administrator();
  const none = await send(api, { ca: server.ca, key, cert });
  assert.equal(none.status, 401);
  assert.match(String(none.headers['www-authenticate']), /resource_metadata="/);
  const read = await send(`${server.mtls}/oauth2/token`, {
    method: 'POST',
    ca: server.ca,
    key,
    cert,
    body: grant({ client_id: 'admin', scope: 'mortise:read', resource: `${server.mtls}/admin/v1` }),
  });
  const authorization = `Bearer ${read.json()['access_token']}`;
  assert.equal((await send(api, { ca: server.ca, headers: { authorization } })).status, 401, 'stolen');
  assert.equal((await send(api, { ca: server.ca, key, cert, headers: { authorization } })).status, 200);
  const headers = { authorization, 'content-type': 'application/json' };
  const write = await send(api, { method: 'POST', ca: server.ca, key, cert, headers, body: '{}' });
  assert.equal(write.status, 403);
  const metadata = await send(`${server.mtls}/.well-known/oauth-protected-resource/admin/v1`, {
    ca: server.ca,
  });
  assert.equal(metadata.json()['resource'], `${server.mtls}/admin/v1`);
  assert.equal((await send(`${server.issuer}/admin/v1/clients`, { ca: server.ca })).status, 404);
});

test('a node follows the denylist with its certificate, and nobody else does', async () => {
  const feed = `${server.mtls}/nodes/v1/feed`;
  assert.equal((await send(feed, { ca: server.ca })).status, 403);
  const { key, cert } = administrator();
  const head = await send(feed, { method: 'HEAD', ca: server.ca, key, cert });
  assert.equal(head.status, 200);
  const { hostname, port } = new URL(server.mtls);
  const { socket } = await openConnection({
    host: hostname,
    port: Number(port),
    key,
    cert,
    servername: hostname,
  });
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(received)) await once(socket, 'data');
  };
  socket.write('GET /nodes/v1/feed HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(/"type":"snapshot".*"more":false/);
  assert.match(received, /application\/x-ndjson/);
  await mortise('client', 'create', 'short-lived', '--scope', 'payments:read', '--resource', resource);
  await mortise('client', 'suspend', 'short-lived');
  await until(/"type":"change".*"short-lived"/);
  socket.destroy();
  assert.equal((await send(feed, { method: 'HEAD', ca: server.ca, key, cert })).status, 200);
  const report = await send(`${server.mtls}/nodes/v1/reports`, {
    method: 'POST',
    ca: server.ca,
    key,
    cert,
    body: '{"position":1}',
  });
  assert.equal(report.status, 204, report.text);
  const wrong = await send(`${server.mtls}/nodes/v1/reports`, {
    method: 'POST',
    ca: server.ca,
    key,
    cert,
    body: '{',
  });
  assert.equal(wrong.json()['code'], 'body_invalid');
});

test('port 0 means the same port at the next start; other names are refused', async () => {
  const system = await startTestServer({ flags: anyPorts });
  for (const address of Object.values(system.listening)) assert.match(address, /^127\.0\.0\.1:[1-9]\d*$/);
  await system.discard();
  const first = await startTestServer();
  await first.close();
  const again = await startTestServer({ data: first.data });
  assert.deepEqual(again.listening, first.listening);
  assert.deepEqual([again.issuer, again.mtls, again.pki], [first.issuer, first.mtls, first.pki]);
  assert.deepEqual(again.ca_fingerprints, first.ca_fingerprints);
  await again.close();
  const flags = { issuer: 'https://auth.example' };
  await assert.rejects(startTestServer({ data: first.data, flags }), { code: 'names_differ' });
  const changed = await startTestServer({ data: first.data, flags: { ...flags, changeUrls: true } });
  assert.equal(changed.issuer, 'https://auth.example');
  const port = changed.listening.public.split(':')[1];
  const answer = await send(`https://localhost:${port}/healthz`, { ca: changed.ca });
  assert.match(String(answer.headers['strict-transport-security']), /^max-age=\d+/);
  const local = await send(`${server.issuer}/healthz`, { ca: server.ca });
  assert.equal(local.headers['strict-transport-security'], undefined, 'HSTS would hold for all of localhost');
  await changed.discard();
});

test('a port in use leaves nothing behind', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as { port: number };
  const data = join(server.data, '..', 'never');
  await assert.rejects(startTestServer({ data, flags: { listenMtls: `127.0.0.1:${port}` } }), {
    code: 'address_in_use',
  });
  assert.equal(existsSync(data), false);
  occupant.close();
});

test('a second server on the same data directory is refused', async () => {
  const flags = {
    listenPublic: '127.0.0.2:0',
    listenMtls: '127.0.0.2:0',
    listenPki: '127.0.0.2:0',
    listenMetrics: '127.0.0.2:0',
  };
  await assert.rejects(startTestServer({ data: server.data, flags }), { code: 'locked' });
});

test('an issuer with a path has its metadata where RFC 8414 puts it', async (t) => {
  const tenant = await startTestServer({ flags: { issuer: 'https://localhost:1/tenant' } });
  t.after(() => tenant.discard());
  const base = `https://localhost:${tenant.listening.public.split(':')[1]}`;
  for (const path of [
    '/.well-known/oauth-authorization-server/tenant',
    '/tenant/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration/tenant',
    '/tenant/.well-known/openid-configuration',
  ]) {
    const wellKnown = await send(`${base}${path}`, { ca: tenant.ca });
    assert.equal(wellKnown.status, 200, path);
    assert.equal(wellKnown.headers['content-type'], 'application/json');
    assert.equal(wellKnown.json()['issuer'], 'https://localhost:1/tenant');
    assert.equal(wellKnown.json()['token_endpoint'], 'https://localhost:1/tenant/oauth2/token');
  }
  // The address of another issuer's metadata on the same host.
  const root = await send(`${base}/.well-known/oauth-authorization-server`, { ca: tenant.ca });
  assert.equal(root.status, 404);
  const body = grant({});
  assert.equal(
    (await send(`${base}/tenant/oauth2/token`, { method: 'POST', ca: tenant.ca, body })).status,
    401,
  );
  assert.equal((await send(`${base}/oauth2/token`, { method: 'POST', ca: tenant.ca, body })).status, 404);
});

test('a request that is in progress when the server stops gets its answer', async () => {
  const stopping = await startTestServer({ flags: { drainTimeoutSeconds: 30 } });
  const body = grant({ client_id: 'nobody', client_secret: 'wrong' }).toString();
  const outgoing = requestHttps(`${stopping.issuer}/oauth2/token`, {
    method: 'POST',
    ca: stopping.ca,
    agent: false,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': body.length,
      expect: '100-continue',
    },
  });
  outgoing.flushHeaders();
  // The server has read the head then.
  await once(outgoing, 'continue');
  const discarded = stopping.discard();
  await noLongerListening(Number(new URL(stopping.issuer).port));
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  answer.resume();
  assert.equal(answer.statusCode, 401);
  await discarded;
});

async function noLongerListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    const refused = await new Promise((resolve) => {
      socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    });
    socket.destroy();
    if (refused === true) return;
  }
}
