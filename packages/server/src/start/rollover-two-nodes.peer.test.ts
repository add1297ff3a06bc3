import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { runCommand } from '../cli/testing/run-command.ts';
import { postgresCluster } from '../storage/testing/postgres-cluster.ts';
import { send, startTestServer } from './testing/running-server.ts';

const { createDatabase } = await postgresCluster();
const databaseUrl = await createDatabase();
const one = await startTestServer({ flags: { databaseUrl } });
after(() => one.discard());
const other = await startTestServer({
  flags: {
    databaseUrl,
    // Ports are those of the instance, so that another node has another address.
    ...Object.fromEntries(
      ['Public', 'Mtls', 'Pki', 'Metrics'].map((name) => [`listen${name}`, '127.0.0.2:0']),
    ),
    issuer: one.issuer,
    mtlsUrl: one.mtls,
    pkiUrl: one.pki,
    masterKeyFile: join(one.data, 'master.key'),
  },
});
after(() => other.discard());

async function rollover(step: string, ...flags: string[]): Promise<Record<string, unknown>> {
  const result = await runCommand(['authority', 'rollover', step, ...flags, '--data', one.data, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result.json();
}

/** Whether the other node proves itself to who trusts these certificates alone. */
function isTrusted(ca: string): Promise<boolean> {
  const [host, port] = other.listening.mtls.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host: host!, port: Number(port), servername: 'localhost', ca });
    socket.once('secureConnect', () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

test('PostgreSQL: every node goes along: what it gives out to trust, its certificates, and the folder of its administrator', async () => {
  const oldRoot = one.ca;
  await rollover('publish');
  const url = `https://${other.listening.public}/trust/v1/bundle.pem`;
  const bundle = async (): Promise<string[]> =>
    (await send(url, { ca: oldRoot, servername: 'localhost' })).text.match(
      /-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g,
    )!;
  let given = await bundle();
  while (given.length < 2) given = await bundle();
  const [newRoot] = given;
  assert.equal(await isTrusted(newRoot!), false);
  // Each data directory has an administrator's folder of its own: both are reported.
  const folder = join(other.data, 'admin', 'ca.pem');
  while (!readFileSync(folder, 'utf8').includes(newRoot!)) await bundle();
  await rollover('switch', '--force');
  while (!(await isTrusted(newRoot!))) await bundle();
  assert.equal(await isTrusted(oldRoot), true);
  await rollover('retire', '--force');
  while (await isTrusted(oldRoot)) await bundle().catch(() => []);
  assert.equal(await isTrusted(newRoot!), true);
});
