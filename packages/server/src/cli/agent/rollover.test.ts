import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { startTestServer } from '../../start/testing/running-server.ts';
import { type CommandResult, runCommand } from '../testing/run-command.ts';

const server = await startTestServer();
const folder = mkdtempSync(join(tmpdir(), 'mortise-agent-rollover-'));
after(async () => {
  await server.discard();
  rmSync(folder, { recursive: true });
});

interface Rollover {
  readonly new_root: { readonly fingerprint256: string };
  readonly participants: readonly { readonly name: string; readonly kind: string; readonly state: string }[];
}

const mortise = async (...argv: string[]): Promise<CommandResult> => {
  const result = await runCommand([...argv, '--data', server.data, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result;
};
const rollover = async (...argv: string[]): Promise<Rollover> =>
  (await mortise('authority', 'rollover', ...argv)).json() as unknown as Rollover;
const agentIn = ({ participants }: Rollover) => participants.find(({ name }) => name === 'billing');

test('a rollover waits for the agent, which takes up the new root, has its service reload, and says so', async () => {
  const created = await mortise(
    'client',
    'create',
    'billing',
    '--token-endpoint-auth-method',
    'tls_client_auth',
    '--enrol',
  );
  const { ca_fingerprints: fingerprints } = created.json()['enrolment'] as { ca_fingerprints: string[] };
  const file = join(folder, 'enrolment.json');
  writeFileSync(file, created.stdout);
  const out = join(folder, 'billing');
  const reloads = join(folder, 'reloads');
  const agent = async (...argv: string[]): Promise<void> => {
    const flags = ['--out', out, '--reload', `echo >> ${reloads}`, '--once'];
    const result = await runCommand(['agent', ...flags, ...argv]);
    assert.equal(result.status, 0, result.stderr);
  };
  const trusted = (): string[] =>
    Certificate.parseAll(readFileSync(join(out, 'ca.pem'), 'utf8')).map(
      ({ fingerprint256 }) => fingerprint256,
    );

  await agent('--enrolment', file, '--ca-fingerprint', fingerprints[0]!);
  assert.deepEqual(trusted(), fingerprints);
  const { new_root: root } = await rollover('publish');
  assert.deepEqual(agentIn(await rollover('status')), {
    ...agentIn(await rollover('status'))!,
    kind: 'agent',
    state: 'silent',
  });
  await agent('--ca-fingerprint', fingerprints[0]!);
  assert.deepEqual(trusted().sort(), [...fingerprints, root.fingerprint256].sort());
  assert.equal(agentIn(await rollover('status'))?.state, 'ready');
  assert.equal(readFileSync(reloads, 'utf8'), '\n\n', 'once for the certificate, once for the roots');
  await agent();
  assert.equal(readFileSync(reloads, 'utf8'), '\n\n');
});
