import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Certificate } from '@mortise/x509';
import type { RolloverState } from '../../start/testing/rollover-house.ts';
import { startTestServer } from '../../start/testing/running-server.ts';
import { runCommand } from './run-command.ts';

const passphrase = { MORTISE_ROOT_PASSPHRASE: 'correct horse battery' };

/** A server with the authority `vault`, whose root is in a folder of its own and has signed an intermediate. */
export async function openVault(
  t: TestContext,
  options: {
    readonly server?: Parameters<typeof startTestServer>[0];
    /** Flags of `authority create`. */
    readonly create?: readonly string[];
  } = {},
) {
  const server = await startTestServer(options.server);
  const folder = mkdtempSync(join(tmpdir(), 'mortise-vault-'));
  t.after(async () => {
    await server.discard();
    rmSync(folder, { recursive: true, force: true });
  });
  const at = (...names: string[]): string => join(folder, ...names);
  const run = (...argv: string[]) => runCommand([...argv, '--data', server.data, '--json'], passphrase);
  const done = async (...argv: string[]): Promise<Record<string, unknown>> => {
    const result = await run(...argv);
    assert.equal(result.status, 0, `${argv.join(' ')}: ${result.stderr}`);
    return result.json();
  };
  const failed = async (...argv: string[]): Promise<string> => {
    const result = await run(...argv);
    assert.notEqual(result.status, 0);
    return result.stderr;
  };
  /** Where the roots' keys are: no flag here finds a server. */
  const offline = async (root: string, ...argv: string[]): Promise<Record<string, unknown>> => {
    const key = ['--root', at(root, 'root.pem'), '--root-key', at(root, 'root-key.pem')];
    const result = await runCommand(['authority', ...argv, ...key, '--json'], passphrase);
    assert.equal(result.status, 0, result.stderr);
    return result.json();
  };
  const rollover = (...argv: string[]): Promise<RolloverState> =>
    done('authority', 'rollover', ...argv, '--authority', 'vault') as unknown as Promise<RolloverState>;
  const issue = async (name: string) => {
    const out = at(name);
    const asked = ['--profile', 'server', '--authority', 'vault', '--name', `${name}.example`];
    const issued = await done('certificate', 'issue', ...asked, '--out', out);
    return { issued, chain: Certificate.parseAll(readFileSync(join(out, 'cert.pem'))) };
  };
  /** Carries the one request that there is to the root, and its certificate back. */
  const signIntermediate = async (root: string): Promise<string> => {
    const requests = at(`${root}-requests`);
    await done('authority', 'requests', '--out', requests);
    const [file] = readdirSync(requests);
    const out = at(root, 'intermediate.pem');
    await offline(root, 'sign', '--request', join(requests, file!), '--out', out);
    return out;
  };
  await done(
    'authority',
    'create',
    'vault',
    '--offline-root',
    '--out',
    at('old'),
    '--permitted-name',
    'dns:example',
    ...(options.create ?? []),
  );
  await done('authority', 'import', '--certificate', await signIntermediate('old'));
  const certificate = (...names: string[]): Certificate => Certificate.parse(readFileSync(at(...names)));
  return { server, at, done, failed, offline, rollover, issue, signIntermediate, certificate };
}
