import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createClient } from '@mortise/client';
import { runCommand } from '../cli/testing/run-command.ts';
import { startTestServer } from '../start/testing/running-server.ts';

const server = await startTestServer();
const admin = (name: string): string => readFileSync(join(server.data, 'admin', name), 'utf8');
const client = createClient({
  issuer: server.issuer,
  clientId: 'admin',
  authentication: { method: 'tls_client_auth' },
  certificate: { key: admin('key.pem'), cert: admin('cert.pem') },
  anchors: server.ca,
  resource: `${server.mtls}/admin/v1`,
  scope: 'mortise:read',
});
after(async () => {
  await client.close();
  await server.discard();
});

interface Page {
  readonly items: readonly {
    readonly client_id: string;
    readonly stage: string;
    readonly certificates: readonly object[];
  }[];
  readonly next?: string;
}

const get = async (path: string): Promise<{ status: number; body: Page & { code?: string } }> => {
  const answer = await client.request({ url: `${server.mtls}/admin/v1${path}` });
  return { status: answer.status, body: answer.json() as Page };
};

test('lineages are listed by client, in pages, and by their stage', async () => {
  for (const id of ['a', 'b', 'c']) {
    const created = await runCommand([
      'client',
      'create',
      id,
      '--token-endpoint-auth-method',
      'tls_client_auth',
      '--data',
      server.data,
    ]);
    assert.equal(created.status, 0, created.stderr);
    for (let certificates = 0; certificates < 2; certificates += 1) {
      const out = join(server.data, '..', `${id}-${certificates}`);
      const issued = await runCommand([
        'certificate',
        'issue',
        '--client',
        id,
        '--out',
        out,
        '--data',
        server.data,
      ]);
      assert.equal(issued.status, 0, issued.stderr);
    }
  }
  const own = await get('/clients/b/lineages');
  assert.deepEqual(
    own.body.items.map(({ client_id: id, stage, certificates }) => [id, stage, certificates.length]),
    [['b', 'unused', 2]],
  );
  const first = await get('/lineages?limit=2&stage=unused');
  const rest = await get(`/lineages?limit=10&stage=unused&after=${first.body.next}`);
  assert.deepEqual(
    // The administrator's is among them until its use has been written.
    [...first.body.items, ...rest.body.items].map(({ client_id: id }) => id).filter((id) => id !== 'admin'),
    ['a', 'b', 'c'],
  );
  assert.equal(rest.body.next, undefined);
  assert.deepEqual((await get('/lineages?stage=moving')).body.items, []);
  assert.ok((await get('/lineages')).body.items.some(({ client_id: id }) => id === 'admin'));
});

test('a client or a stage that there is not is refused', async () => {
  const unknown = await get('/clients/nobody/lineages');
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'client_unknown']);
  assert.equal((await get('/lineages?stage=elsewhere')).status, 400);
  assert.equal((await get('/lineages?client=a')).status, 400);
});
