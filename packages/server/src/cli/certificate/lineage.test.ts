import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createClient, ManagedCertificate, readEnrolment } from '@mortise/client';
import { startTestServer } from '../../start/testing/running-server.ts';
import type { LineageDocument } from '../documents.ts';
import { runCommand } from '../testing/run-command.ts';

const server = await startTestServer();
const folder = mkdtempSync(join(tmpdir(), 'mortise-lineage-'));
after(async () => {
  await server.discard();
  rmSync(folder, { recursive: true });
});

const mortise = async (...argv: string[]) => {
  const result = await runCommand([...argv, '--data', server.data]);
  assert.equal(result.status, 0, result.stderr);
  return result;
};
const shown = async (id: string): Promise<LineageDocument[]> =>
  (await mortise('client', 'show', id, '--json')).json()['lineages'] as LineageDocument[];

/** Uses are written each second: asks until it is told, of as many live tokens at least. */
async function told(id: string, stage: LineageDocument['stage'], tokens = 0): Promise<LineageDocument> {
  for (;;) {
    const [lineage] = await shown(id);
    const live = lineage?.certificates.reduce((sum, { live_tokens }) => sum + (live_tokens ?? 0), 0) ?? 0;
    if (lineage?.stage === stage && live >= tokens) return lineage;
  }
}

test('the server knows which certificate a client is on, and how many live tokens hang on each', async () => {
  await mortise('resource', 'create', 'https://payments.example', '--scope', 'payments:write');
  const use = ['--scope', 'payments:write', '--resource', 'https://payments.example'];
  const created = await mortise(
    'client',
    'create',
    'billing',
    '--token-endpoint-auth-method',
    'tls_client_auth',
    '--enrol',
    ...use,
    '--json',
  );
  assert.deepEqual(await shown('billing'), []);
  const managed = await ManagedCertificate.open({
    folder: join(folder, 'billing'),
    enrolment: readEnrolment(created.json()),
  });
  const client = (certificate: { readonly key: string; readonly cert: string }) =>
    createClient({
      issuer: server.issuer,
      clientId: 'billing',
      authentication: { method: 'tls_client_auth' },
      certificate,
      anchors: server.ca,
      scope: 'payments:write',
      resource: 'https://payments.example',
    });
  const first = await managed.enrol();
  const one = client(first);
  const other = client(first);
  after(() => Promise.all([managed, one, other].map((each) => each.close())));
  assert.equal((await shown('billing'))[0]?.stage, 'unused');
  await one.token();
  await other.token();
  const settled = await told('billing', 'settled', 2);
  assert.deepEqual(
    settled.certificates.map(({ fingerprint256, live_tokens: live }) => [fingerprint256, live]),
    [[first.certificate.fingerprint256, 2]],
  );

  await managed.renew();
  const second = managed.credential!;
  const [waiting] = await shown('billing');
  assert.equal(waiting?.stage, 'waiting');
  assert.equal(waiting.certificates[1]?.replaced_by, second.certificate.fingerprint256);
  const listed = await mortise('certificate', 'list', '--client', 'billing');
  assert.match(listed.stdout, /Lineage \(client\): waiting: on its old certificate/);

  const renewed = client(second);
  after(() => renewed.close());
  await renewed.token();
  const moving = await told('billing', 'moving');
  assert.deepEqual(
    moving.certificates.map(({ fingerprint256, live_tokens: live }) => [fingerprint256, live]),
    [
      [second.certificate.fingerprint256, 1],
      [first.certificate.fingerprint256, 2],
    ],
  );
  assert.match((await mortise('client', 'show', 'billing')).stdout, /Lineage \(client\): moving/);
  const documents = (await mortise('certificate', 'list', '--client', 'billing', '--json')).stdout;
  const former = (JSON.parse(documents) as Record<string, unknown>[]).find(
    ({ fingerprint256 }) => fingerprint256 === first.certificate.fingerprint256,
  );
  assert.deepEqual([former?.['live_tokens'], former?.['lineage_stage']], [2, 'moving']);

  const all = await mortise('certificate', 'lineages', '--stage', 'moving');
  assert.match(
    all.stdout,
    new RegExp(`billing +client +moving +${second.certificate.fingerprint256} .* 1 +2\\s*$`, 'm'),
  );
  assert.equal((await mortise('certificate', 'lineages', '--stage', 'waiting')).stdout, 'No lineages.\n');

  await mortise('certificate', 'revoke', first.certificate.fingerprint256, '--reason', 'superseded');
  assert.equal((await told('billing', 'settled')).certificates.length, 2);
});

test('a stage that there is not is wrong use', async () => {
  const result = await runCommand(['certificate', 'lineages', '--stage', 'elsewhere', '--data', server.data]);
  assert.equal(result.status, 2);
  assert.match(result.stderr, /unused, waiting, moving, settled/);
});

test('lineages of an unknown client are refused', async () => {
  const result = await runCommand(['certificate', 'list', '--client', 'nobody', '--data', server.data]);
  assert.equal(result.status, 1);
  assert.match(result.stderr, /client_unknown/);
});
