import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { certificateId } from '../acme/certificate-id.ts';
import { send, startTestServer } from '../start/testing/running-server.ts';
import { postgresCluster } from '../storage/testing/postgres-cluster.ts';
import { openRecallHouse } from './testing/recall-house.ts';

const { createDatabase } = await postgresCluster();
const databaseUrl = await createDatabase();
const { house, recall, progress, issue, renewal } = await openRecallHouse({ databaseUrl });
const { server } = house;
const { issuer, mtls, pki } = server;
const other = await startTestServer({
  flags: {
    databaseUrl,
    // Ports are those of the instance, so that another node has another address.
    ...Object.fromEntries(
      ['Public', 'Mtls', 'Pki', 'Metrics'].map((name) => [`listen${name}`, '127.0.0.2:0']),
    ),
    issuer,
    mtlsUrl: mtls,
    pkiUrl: pki,
    masterKeyFile: join(server.data, 'master.key'),
  },
});
after(() => other.discard());

test('PostgreSQL: a recall on one node moves renewal on every node at once, and is told from what all issued', async () => {
  const client = await house.client();
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = await issue(client, { key });
  const { recall_id: id } = await recall('--profile', 'server', '--key-type', 'rsa');
  assert.ok((await renewal(certificate)).end <= Date.now());
  const path = `/acme/server/renewal-info/${certificateId(certificate)}`;
  const answer = await send(`https://${other.listening.public}${path}`, {
    ca: readFileSync(join(server.data, 'admin', 'ca.pem')),
    servername: 'localhost',
  });
  const { suggestedWindow } = answer.json() as { suggestedWindow: { end: string } };
  assert.ok(Date.parse(suggestedWindow.end) <= Date.now());
  assert.equal((await progress(id)).replaced_percent, 0);
  await issue(client, { replaces: certificate });
  assert.equal((await progress(id)).replaced_percent, 100);
});
