import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { startTestServer } from '../../start/testing/running-server.ts';
import { runCommand } from '../testing/run-command.ts';

const server = await startTestServer();
const folder = mkdtempSync(join(tmpdir(), 'mortise-command-'));
after(async () => {
  await server.discard();
  rmSync(folder, { recursive: true });
});

const mortise = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const result = await runCommand([...argv, '--data', server.data, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result.json();
};

/** A folder with a `mortise` that runs these sources, as if it were installed. */
function installed(): string {
  const source = `import { main } from ${JSON.stringify(new URL('../../main.ts', import.meta.url).href)};
process.exitCode = await main(process.argv.slice(1));`;
  const program = join(folder, 'mortise');
  writeFileSync(
    program,
    `#!/bin/sh
exec '${process.execPath}' --conditions=mortise-source --input-type=module -e '${source}' -- "$@"
`,
  );
  chmodSync(program, 0o755);
  return folder;
}

test('the command line for mortise that an enrolment answers with works as it stands, and is for one use', async () => {
  const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
  const created = await mortise('client', 'create', 'by-agent', ...method, '--enrol');
  const { commands, ca } = created['enrolment'] as { commands: Record<string, string>; ca: string };
  writeFileSync(join(folder, 'ca.pem'), ca);
  const line = commands['mortise']!;
  assert.doesNotMatch(line, /[\n'"$`\\;|&<>()]/, 'nothing that a shell would read otherwise');
  const child = spawn('sh', ['-c', line], {
    cwd: folder,
    env: { PATH: `${installed()}:${process.env['PATH']}` },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Shell and program in one group, which ends as one.
    detached: true,
  });
  const ended = once(child, 'exit');
  after(() => child.exitCode === null && child.signalCode === null && process.kill(-child.pid!, 'SIGKILL'));
  const said: string[] = [];
  for await (const text of createInterface({ input: child.stderr })) {
    said.push(text);
    if (/"msg":"(enrolled|no new certificate)"/.test(text)) break;
  }
  process.kill(-child.pid!, 'SIGTERM');
  await ended;
  const identifier = 'by-agent.clients.localhost';
  const leaf = Certificate.parse(readFileSync(join(folder, identifier, 'cert.pem')));
  assert.deepEqual(leaf.subjectAltName, [
    { type: 'dns', value: identifier },
    { type: 'uri', value: `${server.issuer}/clients/by-agent` },
  ]);
  const shown = await mortise('client', 'show', 'by-agent');
  const credentials = shown['credentials'] as { fingerprint256: string }[];
  assert.deepEqual(
    credentials.map(({ fingerprint256 }) => fingerprint256),
    [leaf.fingerprint256],
  );
  const key = /MORTISE_EAB_HMAC_KEY=(\S+)/.exec(line)![1]!;
  assert.equal(said.join().includes(key), false);
  const again = line.replace(/--out \S+$/, '--out elsewhere --once').replace(/^\S+ mortise /, '');
  const refused = await runCommand(
    again
      .replace('ca.pem', join(folder, 'ca.pem'))
      .replace('elsewhere', join(folder, 'elsewhere'))
      .split(' '),
    { MORTISE_EAB_HMAC_KEY: key },
  );
  assert.equal(refused.status, 1, refused.stderr);
  assert.match(refused.stderr, /used already/);
});
