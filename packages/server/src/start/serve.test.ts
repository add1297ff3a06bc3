import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { claimPort } from '../../../../testing/claim-port.ts';

// Not the launcher, which would run what was compiled last.
const program = `process.exitCode = await (await import(${JSON.stringify(new URL('../main.ts', import.meta.url))})).main(process.argv.slice(1));`;
const folder = mkdtempSync(join(tmpdir(), 'mortise-serve-'));
after(() => rmSync(folder, { recursive: true }));

const ports = await serverPorts();

/** Those to which a server can come back. */
async function serverPorts(): Promise<string[]> {
  const flags = ['--listen-public', '--listen-mtls', '--listen-pki', '--listen-metrics'];
  return (await Promise.all(flags.map(async (flag) => [flag, `127.0.0.1:${await claimPort()}`]))).flat();
}

function command(...argv: string[]): string[] {
  return ['--conditions=mortise-source', '--input-type=module', '-e', program, '--', 'serve', ...argv];
}

interface Started {
  readonly child: ChildProcess;
  readonly ready: Record<string, unknown>;
  /** Everything on stdout after the first line, and everything on stderr, once it has ended. */
  readonly output: Promise<{ readonly stdout: string; readonly stderr: string }>;
}

async function start(data: string, ...argv: string[]): Promise<Started> {
  const child = spawn(process.execPath, command('--data', data, ...ports, ...argv), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr = text(child.stderr);
  const lines = createInterface({ input: child.stdout });
  const rest: string[] = [];
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', (first) => {
      lines.on('line', (more) => rest.push(more));
      resolve(first);
    });
    child.once('exit', (code) => void stderr.then((said) => reject(new Error(`status ${code}: ${said}`))));
  });
  const output = once(lines, 'close').then(async () => ({ stdout: rest.join('\n'), stderr: await stderr }));
  return { child, ready: JSON.parse(line) as Record<string, unknown>, output };
}

async function stop({ child }: Started, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await ended)[0];
}

function refused(expected: RegExp, argv: string[], environment: Record<string, string> = {}): void {
  const run = spawnSync(process.execPath, command(...argv), {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 60_000,
  });
  assert.equal(run.status, 2, run.stderr);
  assert.equal(run.stdout, '');
  const said = run.stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('{'));
  assert.equal(said.length, 1, run.stderr);
  assert.match(said[0]!, expected);
}

const data = join(folder, 'data');

test('serve says in one line that a token for the first keys cannot be used', () => {
  const elsewhere = join(folder, 'without-token');
  refused(/no PKCS #11 module is configured/, ['--data', elsewhere, ...ports, '--pkcs11-token', 'Mortise']);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`serve prints one line when it is ready, logs to stderr, and ends with status 0 on ${signal}`, async () => {
    const started = await start(data);
    const { ready, issuer, mtls, pki, listening } = started.ready;
    assert.deepEqual(Object.keys(started.ready), ['ready', 'issuer', 'mtls', 'pki', 'listening']);
    assert.equal(ready, true);
    const ofListener = listening as Record<string, string>;
    assert.deepEqual(Object.keys(ofListener), ['public', 'mtls', 'pki', 'metrics']);
    assert.equal(issuer, `https://localhost:${ofListener['public']!.split(':')[1]}`);
    assert.equal(mtls, `https://localhost:${ofListener['mtls']!.split(':')[1]}`);
    assert.equal(pki, `http://localhost:${ofListener['pki']!.split(':')[1]}`);
    assert.equal(await stop(started, signal), 0);
    const { stdout, stderr } = await started.output;
    assert.equal(stdout, '');
    for (const line of stderr.trimEnd().split('\n')) assert.equal(typeof JSON.parse(line), 'object');
  });
}

test('a signal that comes twice at once, as from a terminal and a launcher, is one: serve ends in order', async () => {
  const started = await start(data);
  const ended = once(started.child, 'exit') as Promise<[number | null]>;
  started.child.kill('SIGINT');
  started.child.stderr!.once('data', () => started.child.kill('SIGINT'));
  assert.equal((await ended)[0], 0);
  assert.match((await started.output).stderr, /"msg":"stopped"/);
});

test('serve ends when the shell that npx put between has died', async () => {
  const shell = spawn(
    'sh',
    ['-c', '"$0" "$@"; true', process.execPath, ...command('--data', data, ...ports)],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_command: 'exec' } },
  );
  const stderr = text(shell.stderr);
  await once(createInterface({ input: shell.stdout }), 'line');
  shell.kill('SIGTERM');
  // Ends only when the server, too, has let go of it.
  assert.match(await stderr, /"signal":"npx ended"[^\n]*\n.*"msg":"stopped"/);
});

test('a data directory in use, and then its ports, are refused', async () => {
  const started = await start(data);
  refused(/in use/, ['--data', data, ...ports]);
  const elsewhere = ['public', 'mtls', 'pki', 'metrics'].flatMap((name) => [
    `--listen-${name}`,
    '127.0.0.2:0',
  ]);
  refused(/is in use by another process/, ['--data', data, ...elsewhere]);
  await stop(started, 'SIGTERM');
});

test('a port in use is named with its flag, and no data directory is made', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as { port: number };
  const never = join(folder, 'never');
  refused(/pki listener: 127\.0\.0\.1:\d+ is in use by another process; choose another with --listen-pki/, [
    ...['--data', never, ...ports, '--listen-pki', `127.0.0.1:${port}`],
  ]);
  assert.throws(() => statSync(never), { code: 'ENOENT' });
  occupant.close();
});

test('a wrong master key or passphrase is refused, and nothing is changed', () => {
  const before = modificationTimes(data);
  refused(/not the master key/, ['--data', data, ...ports], {
    MORTISE_MASTER_KEY: Buffer.alloc(32, 1).toString('base64url'),
  });
  refused(/passphrase/, ['--data', data, ...ports], { MORTISE_PASSPHRASE: 'correct horse battery staple' });
  refused(/cannot be read/, ['--data', data, ...ports, '--master-key-file', join(folder, 'none')]);
  assert.deepEqual(modificationTimes(data), before);
});

function modificationTimes(of: string): Record<string, number> {
  const names = readdirSync(of).filter((name) => /\.(?:db|key|json)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, statSync(join(of, name)).mtimeMs]));
}

test('a data directory that is no folder is refused', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  refused(/is not a folder/, ['--data', file, ...ports]);
  refused(/is not a folder/, ['--data', join(file, 'below'), ...ports]);
});

test('a data directory where none can be made is refused', () => {
  // Nobody can make a folder there, not even root.
  refused(/cannot be written|read-only/, ['--data', '/proc/mortise-data', ...ports]);
});

test('a database of a newer version is refused', async () => {
  const newer = join(folder, 'newer');
  await stop(await start(newer), 'SIGTERM');
  const database = new DatabaseSync(join(newer, 'mortise.db'));
  database.exec('UPDATE migrations SET version = version + 1000');
  database.close();
  refused(/use the newer program/, ['--data', newer, ...ports]);
});

test('other outer names are refused by their flag', () => {
  refused(/--issuer says https:\/\/a\.example, but .*--change-urls/, [
    '--data',
    data,
    ...ports,
    '--issuer',
    'https://a.example',
  ]);
});

test('a wrong key of a configuration file is named with its line', () => {
  const file = join(folder, 'mortise.yaml');
  writeFileSync(file, '# names\nissuer: https://a.example\nlisten_pubic: 0.0.0.0:1\n');
  refused(/mortise\.yaml:3: "listen_pubic" is not a setting; did you mean listen_public\?/, [
    '--config',
    file,
  ]);
});
