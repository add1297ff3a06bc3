import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { runProgram } from '../../../packages/server/src/acme/testing/run-program.ts';
import { startTestServer } from '../../../packages/server/src/start/testing/running-server.ts';
import { claimPort } from '../../../testing/claim-port.ts';

const skip = missing('curl');
const document = readFileSync(new URL('../../../docs/renewal.md', import.meta.url), 'utf8');
const program = fileURLToPath(new URL('../../invariants/testing/mortise-process.ts', import.meta.url));
const example = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/${name}/main.ts`, import.meta.url));
const node = ['--conditions=mortise-source', '--disable-warning=ExperimentalWarning'];

/** The blocks of a section that a shell runs as they stand. */
function blocks(section: string): string[] {
  const text = document.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
  assert.ok(text !== undefined, `there is no section ${section}`);
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
}

test('docs/renewal.md is followed as it is written: the agent, its health, a program that renews under calls, lineages', {
  skip,
}, async () => {
  const server = await startTestServer();
  const cwd = mkdtempSync(join(tmpdir(), 'mortise-renewal-'));
  after(async () => {
    await server.discard();
    rmSync(cwd, { recursive: true });
  });
  const mortise = join(cwd, 'mortise');
  writeFileSync(mortise, `#!/bin/sh\nexec '${process.execPath}' ${node.join(' ')} '${program}' "$@"\n`);
  chmodSync(mortise, 0o755);
  const ports = new Map([
    ['https://localhost:8443', server.issuer],
    ['https://localhost:8444', server.mtls],
    ['127.0.0.1:9465', `127.0.0.1:${await claimPort()}`],
  ]);
  const environment = { PATH: `${cwd}:${process.env['PATH']}`, MORTISE_DATA: server.data };
  const run = (text: string): Promise<string> => {
    const own = [...ports].reduce((all, [theirs, ours]) => all.replaceAll(theirs, ours), text);
    return runProgram('sh', ['-e', '-c', own], { cwd, environment });
  };

  const [register] = blocks('Register and enrol');
  await run(register!);
  const [enrol, token, daemon] = blocks('With mortise agent');
  assert.match(await run(enrol!), /"output":"reload billing\\n".*reloaded/);
  assert.match(await run(token!), /^ey/);
  assert.match(await run(daemon!), /"state":"valid"/);

  const [api, client] = blocks('With @mortise/client');
  await run(api!);
  const serving = spawn(process.execPath, [...node, example('protected-api'), 'api.json'], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  after(() => serving.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: serving.stdout }), 'line')) as [string];
  ports.set('https://localhost:9443', (JSON.parse(line) as { url: string }).url);
  await run(client!);
  const words = [...node, example('renewing-client'), 'renewing.json'];
  const said = await runProgram(process.execPath, words, { cwd, environment });
  const result = JSON.parse(said.split('\n').find((one) => one.startsWith('{'))!) as {
    statuses: Record<string, number>;
    certificates: number;
  };
  assert.deepEqual(Object.keys(result.statuses), ['200'], said);
  assert.equal(result.certificates, 4);

  const [list] = blocks('Which certificate a client is on');
  const lineages = await run(list!);
  assert.equal(lineages.match(/^Lineage \(client\)/gm)?.length, 2, lineages);
});
