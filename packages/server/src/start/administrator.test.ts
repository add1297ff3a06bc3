import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../cli/testing/run-command.ts';
import { startTestServer } from './testing/running-server.ts';

test('whatever is done to the admin API as a resource, it can be administered again', async (t) => {
  let server = await startTestServer();
  t.after(() => server.discard());
  const { data } = server;
  const run = (...argv: string[]) => runCommand([...argv, '--data', data]);
  const update = (...changes: string[]) => run('resource', 'update', `${server.mtls}/admin/v1`, ...changes);

  for (const algorithm of ['EdDSA', 'RS256', 'PS256', 'ES256']) {
    assert.equal((await update('--signing-algorithm', algorithm)).status, 0);
    const listed = await run('client', 'list');
    assert.equal(listed.status, 0, `${algorithm}: ${listed.stderr}`);
  }

  assert.equal((await update('--scope', 'other')).status, 0);
  assert.equal((await run('client', 'list')).status, 1);
  await server.close();
  server = await startTestServer({ data });
  assert.equal((await run('client', 'list')).status, 0);
  const resources = (await run('resource', 'list', '--json')).json() as unknown as {
    scopes_supported: string[];
  }[];
  assert.deepEqual(resources[0]?.scopes_supported, [
    'other',
    'mortise:read',
    'mortise:admin',
    'mortise:enrol',
  ]);
});

test("the administrator's certificate is replaced when it is recalled, at the latest at the next start", async (t) => {
  let server = await startTestServer();
  t.after(() => server.discard());
  const { data } = server;
  const run = (...argv: string[]) => runCommand([...argv, '--data', data]);
  const current = () => readFileSync(join(data, 'admin', 'cert.pem'), 'utf8');
  const first = current();
  assert.equal((await run('authority', 'recall', '--profile', 'client')).status, 0);
  await server.close();
  server = await startTestServer({ data });
  const second = current();
  assert.notEqual(second, first);
  assert.equal((await run('client', 'list')).status, 0);
  await server.close();
  server = await startTestServer({ data });
  assert.equal(current(), second);
});
