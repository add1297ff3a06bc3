import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AcmeClient } from '../acme/testing/acme-client.ts';
import { makeOfflineRoot, readCrlRequest, signAuthorityCrl } from '../authority/index.ts';
import { send, startTestServer, type TestAnswer, type TestServer } from '../start/testing/running-server.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly { readonly const?: unknown }[];
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { schema: Schema }> }>>;
}

let server: TestServer;
let tls: { key: string; cert: string; ca: string };
let authorization: string;
let components: Readonly<Record<string, Schema>>;
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;

before(async () => {
  server = await startTestServer();
  const read = (name: string) => readFileSync(join(server.data, 'admin', name), 'utf8');
  tls = { key: read('key.pem'), cert: read('cert.pem'), ca: server.ca };
  const answer = await send(`${server.mtls}/oauth2/token`, {
    ...tls,
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'admin',
      scope: 'mortise:read mortise:admin',
    }),
  });
  authorization = `Bearer ${String(answer.json()['access_token'])}`;
  const document = (await send(`${server.mtls}/admin/v1/openapi.json`, { ca: server.ca })).json();
  components = (document['components'] as { schemas: typeof components }).schemas;
  paths = document['paths'] as typeof paths;
});
after(() => server.discard());

function ask(method: string, path: string, body?: object): Promise<TestAnswer> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  return send(`${server.mtls}/admin/v1${path}`, {
    ...tls,
    method,
    headers: { authorization, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Every member that is there is documented, and every required one is there. */
function conforms(value: unknown, given: Schema, where: string): void {
  const schema = given.$ref === undefined ? given : components[given.$ref.split('/').at(-1)!]!;
  const choices: unknown[] = schema.anyOf?.map((one) => one.const).filter((one) => one !== undefined) ?? [];
  if (choices.length > 0) assert.ok(choices.includes(value), `${where}: ${JSON.stringify(value)}`);
  if (schema.items !== undefined) {
    assert.ok(Array.isArray(value), where);
    for (const item of value) conforms(item, schema.items, `${where}[]`);
  }
  if (schema.properties === undefined) return;
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of schema.required ?? []) assert.ok(name in members, `${where} has no ${name}`);
  for (const [name, member] of Object.entries(members)) {
    const documented = schema.properties[name];
    if (documented !== undefined) conforms(member, documented, `${where}.${name}`);
    else assert.equal(schema.additionalProperties, true, `${where}.${name} is not documented`);
  }
}

async function answers(
  method: string,
  path: string,
  options: { readonly at?: string; readonly body?: object } = {},
): Promise<Record<string, unknown>> {
  const answer = await ask(method, options.at ?? path, options.body);
  const operation = paths[path]?.[method.toLowerCase()];
  const response = operation?.responses[answer.status];
  assert.ok(
    response !== undefined && answer.status < 300,
    `${method} ${path}: ${answer.status} ${answer.text}`,
  );
  conforms(answer.json(), response.content!['application/json']!.schema, `${method} ${path}`);
  return answer.json();
}

test('what is answered is what the document says', async () => {
  const resource = 'https://api.example';
  await answers('POST', '/resources', { body: { resource, scopes_supported: ['a'] } });
  await answers('POST', '/clients', { body: { client_id: 'billing', scope: 'a', resources: [resource] } });
  await answers('POST', '/clients/{client_id}/secrets', { at: '/clients/billing/secrets', body: {} });
  const issued = await answers('POST', '/certificates', { body: { client_id: 'billing' } });
  await answers('POST', '/keys/rotate', { body: { immediately: true } });
  await answers('POST', '/authorities', { body: {} });
  await answers('POST', '/authorities', { body: { name: 'partners', clients: ['billing'] } });
  await answers('PATCH', '/authority-rules/{name}', {
    at: '/authority-rules/partners',
    body: { profiles: ['client'], clients: null },
  });
  const root = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now: Date.now() });
  await answers('POST', '/authorities', { body: { name: 'vault', offline_root: root.certificate.toPem() } });
  const crlRequest = await answers('GET', '/root-crls/{authority_id}/request', {
    at: '/root-crls/vault/request',
  });
  const crl = await signAuthorityCrl({
    request: readCrlRequest(JSON.stringify(crlRequest)),
    root: root.certificate,
    rootKey: root.privateKey,
    now: Date.now(),
  });
  await answers('POST', '/root-crls', { body: { crl: crl.toPem() } });
  await answers('POST', '/profiles', { body: { name: 'web', based_on: 'server', acme: false } });
  await answers('PATCH', '/profiles/{profile}', { at: '/profiles/web', body: { acme: null } });
  await answers('POST', '/rollovers', { body: {} });
  await answers('POST', '/clients/{client_id}/enrolments', { at: '/clients/billing/enrolments', body: {} });
  const directoryUrl = `${server.issuer}/acme/server/directory`;
  const acme = await new AcmeClient({ directoryUrl, ca: server.ca }).open();
  await acme.register();
  await answers('POST', '/recalls/preview', { body: { profile: 'client' } });
  const filter = { profile: 'client', issued_from: 1 };
  const recall = await answers('POST', '/recalls', {
    body: { filter, explanation_url: 'https://a.example' },
  });
  const recallAt = `/recalls/${String(recall['recall_id'])}`;
  const at: Readonly<Record<string, string>> = {
    '/recalls/{recall_id}': recallAt,
    '/recalls/{recall_id}/certificates': `${recallAt}/certificates`,
    '/rollovers/{authority}': '/rollovers/main',
    '/clients/{client_id}': '/clients/billing',
    '/clients/{client_id}/enrolments': '/clients/billing/enrolments',
    '/clients/{client_id}/lineages': '/clients/billing/lineages',
    '/clients/{client_id}/refusals': '/clients/billing/refusals',
    '/certificates/{fingerprint}': `/certificates/${String(issued['fingerprint256'])}`,
    '/profiles/{profile}': '/profiles/web',
    '/resources/{resource}': `/resources/${encodeURIComponent(resource)}`,
    '/rollovers/{authority}/request': '/rollovers/vault/request',
    '/root-crls/{authority_id}/request': '/root-crls/vault/request',
    '/authorities/{authority_id}': `/authorities/${String(issued['authority_id'])}`,
  };
  for (const [path, operations] of Object.entries(paths)) {
    if (operations['get'] === undefined || path === '/openapi.json') continue;
    await answers('GET', path, { at: at[path] ?? path });
  }
  const account = String(acme.kid).split('/').at(-1);
  await answers('POST', '/acme-accounts/{account_id}/deactivate', {
    at: `/acme-accounts/${account}/deactivate`,
    body: { reason: 'over' },
  });
  const { items } = (await answers('GET', '/clients/{client_id}/enrolments', {
    at: '/clients/billing/enrolments',
  })) as { items: { eab_kid: string }[] };
  await answers('POST', '/clients/{client_id}/enrolments/{eab_kid}/withdraw', {
    at: `/clients/billing/enrolments/${items[0]!.eab_kid}/withdraw`,
    body: {},
  });
  await answers('POST', '/recalls/{recall_id}/end', { at: `${recallAt}/end` });
  const held = `/certificates/${String(issued['fingerprint256'])}`;
  await answers('POST', '/certificates/{fingerprint}/revoke', {
    at: `${held}/revoke`,
    body: { revocation_reason: 'certificateHold' },
  });
  await answers('POST', '/certificates/{fingerprint}/release', { at: `${held}/release`, body: {} });
  await answers('POST', '/certificates/{fingerprint}/revoke', {
    at: `/certificates/${String(issued['fingerprint256'])}/revoke`,
    body: {},
  });
  await answers('POST', '/clients/{client_id}/suspend', { at: '/clients/billing/suspend', body: {} });
  await answers('GET', '/certificates/{fingerprint}', { at: at['/certificates/{fingerprint}']! });
});
