import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { send, startTestServer, type TestServer } from '../start/testing/running-server.ts';
import { openApiDocument } from './openapi.ts';
import { adminRoutes } from './routes.ts';

const names = { issuer: 'https://a.example', mtlsUrl: 'https://b.example', version: '1.2.3' };
const document = openApiDocument(names);

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
  assert.deepEqual(result.errors ?? [], []);
  assert.equal(result.valid, true);
  assert.equal(validator.version, '3.1');
});

test('every reference leads somewhere', () => {
  const references = [
    ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(schemas|responses)\/([^"]+)"/g),
  ];
  assert.ok(references.length > 50);
  const components = document.components as unknown as Record<string, Record<string, object>>;
  for (const [, kind, name] of references) assert.ok(components[kind!]?.[name!], `${kind}/${name}`);
});

test('operations have names of their own, and parameters are those of the path', () => {
  assert.equal(new Set(adminRoutes.map(({ operationId }) => operationId)).size, adminRoutes.length);
  for (const { path, params = {} } of adminRoutes) {
    assert.deepEqual(
      Object.keys(params),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      path,
    );
  }
});

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.discard());

test('what is documented is registered, and what is registered is documented', async () => {
  const { createAdminApi } = await import('./index.ts');
  const { createResourceServer } = await import('@mortise/resource-server');
  const resourceServer = createResourceServer({
    issuer: names.issuer,
    resource: `${names.mtlsUrl}/admin/v1`,
    jwks: () => ({ keys: [] }),
    revocation: 'none',
  });
  const api = await createAdminApi({
    context: names as never,
    resourceServer,
    basePath: '',
    bodyLimitBytes: 1000,
    log: { error: () => assert.fail() },
  });
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      (method) => `${method.toUpperCase()} /admin/v1${path.replace(/\{(\w+)\}/g, ':$1')}`,
    ),
  );
  const registered = api.routes.filter(
    (route) => !route.startsWith('HEAD ') && !route.includes('/.well-known/'),
  );
  assert.deepEqual(registered.toSorted(), documented.toSorted());
  await resourceServer.close();
});

test('a running server serves it, and refuses every documented operation without a token', async () => {
  const served = await send(`${server.mtls}/admin/v1/openapi.json`, { ca: server.ca });
  assert.equal(served.status, 200);
  const { paths, openapi } = served.json() as {
    openapi: string;
    paths: Record<string, Record<string, object>>;
  };
  assert.equal(openapi, '3.1.0');
  for (const [path, operations] of Object.entries(paths)) {
    if (path === '/openapi.json') continue;
    for (const method of Object.keys(operations)) {
      const url = `${server.mtls}/admin/v1${path.replace(/\{\w+\}/g, 'x')}`;
      const answer = await send(url, { method: method.toUpperCase(), ca: server.ca });
      assert.equal(answer.status, 401, `${method} ${path}`);
    }
  }
});
