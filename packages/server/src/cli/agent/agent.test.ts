import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Certificate } from '@mortise/x509';
import { startTestServer } from '../../start/testing/running-server.ts';
import { type CommandResult, runCommand } from '../testing/run-command.ts';

const server = await startTestServer();
const folder = mkdtempSync(join(tmpdir(), 'mortise-agent-'));
after(async () => {
  await server.discard();
  rmSync(folder, { recursive: true });
});

const administer = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const result = await runCommand([...argv, '--data', server.data, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result.json();
};
await administer('resource', 'create', 'https://payments.example', '--scope', 'payments:write');

interface Enrolment {
  readonly directory: string;
  readonly identifier: string;
  readonly eab_kid: string;
  readonly eab_hmac_key: string;
  readonly ca_fingerprints: readonly string[];
}

const place = (name: string): string => join(folder, name);

/** A client, and the file that `client create --enrol --json` printed. */
async function enrolmentOf(id: string): Promise<{ readonly enrolment: Enrolment; readonly file: string }> {
  const use = ['--scope', 'payments:write', '--resource', 'https://payments.example'];
  const client = await administer(
    'client',
    'create',
    id,
    '--token-endpoint-auth-method',
    'tls_client_auth',
    '--enrol',
    ...use,
  );
  const file = place(`${id}.json`);
  writeFileSync(file, JSON.stringify(client));
  return { enrolment: client['enrolment'] as Enrolment, file };
}

const agent = (...argv: string[]): Promise<CommandResult> => runCommand(['agent', ...argv, '--once']);
const leafIn = (out: string): Certificate => Certificate.parse(readFileSync(join(out, 'cert.pem'), 'utf8'));

test('with an enrolment it gets a certificate that gets a token; later starts need the folder alone', async () => {
  const { file } = await enrolmentOf('billing');
  const out = place('billing');
  const first = await agent('--enrolment', file, '--out', out);
  assert.equal(first.status, 0, first.stderr);
  const leaf = leafIn(out);
  assert.deepEqual(first.json(), {
    changed: true,
    fingerprint256: leaf.fingerprint256,
    not_after: leaf.notAfter / 1000,
  });
  for (const name of ['key.pem', 'combined.pem', 'account.pem']) {
    assert.equal(statSync(join(out, name)).mode & 0o777, 0o600, name);
  }
  for (const credential of [out, join(out, 'combined.pem')]) {
    const token = await runCommand([
      'token',
      '--client-id',
      'billing',
      '--scope',
      'payments:write',
      '--credential',
      credential,
      '--data',
      server.data,
    ]);
    assert.equal(token.status, 0, token.stderr);
  }
  const again = await agent('--out', out);
  assert.deepEqual([again.status, again.json()['changed']], [0, false], again.stderr);
});

test('flags and a variable say the same as an enrolment, with the fingerprint of the root', async () => {
  const { enrolment } = await enrolmentOf('shop');
  const out = place('shop');
  const flags = [
    '--directory',
    enrolment.directory,
    '--identifier',
    enrolment.identifier,
    '--eab-kid',
    enrolment.eab_kid,
  ];
  const trust = ['--ca-fingerprint', enrolment.ca_fingerprints[0]!];
  const environment = { MORTISE_EAB_HMAC_KEY: enrolment.eab_hmac_key };
  const result = await runCommand(['agent', ...flags, ...trust, '--out', out, '--once'], environment);
  assert.equal(result.status, 0, result.stderr);
  assert.equal(readFileSync(join(out, 'ca.pem'), 'utf8'), server.ca);
  assert.ok(!result.stderr.includes(enrolment.eab_hmac_key));
});

test('a file says the same, too', async () => {
  const { enrolment } = await enrolmentOf('by-file');
  const out = place('by-file');
  const key = place('hmac');
  writeFileSync(key, `${enrolment.eab_hmac_key}\n`);
  const config = place('agent.yaml');
  const lines = {
    out,
    directory: enrolment.directory,
    identifier: enrolment.identifier,
    eab_kid: enrolment.eab_kid,
    eab_hmac_key_file: key,
    ca_fingerprint: enrolment.ca_fingerprints[0],
    once: true,
  };
  writeFileSync(
    config,
    Object.entries(lines)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  );
  const result = await runCommand(['agent', '--config', config]);
  assert.equal(result.status, 0, result.stderr);
  assert.ok(existsSync(join(out, 'key.pem')));
});

test('refusals: wrong use and no first trust have status 2, what the server refuses 1', async () => {
  const { enrolment, file } = await enrolmentOf('refused');
  const { directory, identifier, eab_kid: kid } = enrolment;
  const wrong = place('wrong.yaml');
  writeFileSync(wrong, 'out: x\nlisten_helth: 127.0.0.1:0\n');
  writeFileSync(place('no.json'), '{}');
  const there = ['--directory', directory, '--identifier', identifier];
  const key = ['--eab-kid', kid, '--eab-hmac-key-file', place('hmac')];
  const out = ['--out', place('refused')];
  const cases: [number, string[], RegExp][] = [
    [2, [], /--out DIR/],
    [2, out, /nothing has enrolled in/],
    [2, [...out, '--identifier', identifier], /--directory URL/],
    [2, [...out, '--directory', directory], /--identifier NAME/],
    [2, [...out, ...there, '--eab-kid', kid], /--eab-hmac-key-file/],
    [2, [...out, ...there, ...key], /whom to trust is not known/],
    [2, [...out, ...there, ...key, '--ca-fingerprint', 'abc'], /64 hex digits/],
    [
      2,
      [...out, ...there, ...key, '--ca-fingerprint', '0'.repeat(64)],
      /no certificate with the fingerprint/,
    ],
    [2, [...out, '--directory', 'http://localhost/', '--identifier', 'x'], /"directory" with https/],
    [2, [...out, '--enrolment', place('nowhere')], /cannot be read/],
    [2, [...out, '--enrolment', place('no.json')], /no "directory"/],
    [2, [...out, '--enrolment', place('wrong.yaml')], /is not JSON/],
    [2, [...out, '--enrolment', file, '--directory', directory], /one or the other/],
    [2, [...out, '--listen-health', 'x'], /HOST:PORT/],
    [2, [...out, '--reload-timeout-seconds', '0'], /from 1 to 3600/],
    [2, [...out, '--log-level', 'loud'], /debug, info, warn, error/],
    [
      2,
      ['--config', wrong],
      /wrong\.yaml:2: "listen_helth".*did you mean listen_health\? Allowed are out, .*, log_level$/,
    ],
    [2, ['--out', join(file, 'below'), '--enrolment', file], /cannot be used \(ENOTDIR\)/],
    [1, [...out, ...there, '--ca', join(server.data, 'admin', 'ca.pem')], /externalAccountRequired/],
    [1, [...out, ...there, ...key, '--ca', join(server.data, 'admin', 'ca.pem')], /unauthorized/],
  ];
  for (const [status, argv, expected] of cases) {
    const result = await agent(...argv);
    const said = result.stderr.split('\n').filter((line) => line.startsWith('mortise: '));
    assert.equal(said.length, 1, result.stderr);
    assert.match(said[0]!, expected);
    assert.equal(result.status, status, result.stderr);
    assert.equal(result.stdout, '');
  }
});

test('the reload command runs after each change; where it failed it runs at the next start', async () => {
  const { file } = await enrolmentOf('reloads');
  const out = place('reloads');
  const told = place('told');
  const command = `echo "$MORTISE_CERTIFICATE_DIR $MORTISE_CERTIFICATE_FINGERPRINT" >> ${told}; test -e ${place('up')}`;
  const first = await agent('--enrolment', file, '--out', out, '--reload', command);
  assert.equal(first.status, 1);
  assert.match(first.stderr, /"reason":"ended with status 1".*the reload command failed/);
  const expected = `${out} ${leafIn(out).fingerprint256}\n`;
  assert.equal(readFileSync(told, 'utf8'), expected);
  writeFileSync(place('up'), '');
  assert.equal((await agent('--out', out, '--reload', command)).status, 0);
  assert.equal(readFileSync(told, 'utf8'), expected.repeat(2));
  assert.equal((await agent('--out', out, '--reload', command)).status, 0);
  assert.equal(readFileSync(told, 'utf8'), expected.repeat(2));
});

/** A zombie that nobody reaps has ended, too. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a reload command that does not end is ended, with all that it started', async () => {
  const { file } = await enrolmentOf('hangs');
  const pidFile = place('pid');
  const command = `sleep 1000 & echo $! > ${pidFile}; wait`;
  const result = await agent(
    '--enrolment',
    file,
    '--out',
    place('hangs'),
    '--reload',
    command,
    '--reload-timeout-seconds',
    '1',
  );
  assert.equal(result.status, 1);
  assert.match(result.stderr, /not done after 1 seconds/);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  while (isRunning(pid)) await setImmediate();
});

const program = `process.exitCode = await (await import(${JSON.stringify(new URL('../../main.ts', import.meta.url))})).main(process.argv.slice(1));`;

async function startAgent(...argv: string[]) {
  const flags = ['--conditions=mortise-source', '--input-type=module', '-e', program, '--', 'agent', ...argv];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  after(() => child.kill('SIGKILL'));
  const logged: Record<string, unknown>[] = [];
  const said: string[] = [];
  const waiting: { message: string; tell: () => void }[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.startsWith('{')) return void said.push(line);
    logged.push(JSON.parse(line) as Record<string, unknown>);
    for (const { message, tell } of waiting) if (logged.at(-1)!['msg'] === message) tell();
  });
  const [first] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    child,
    started: JSON.parse(first) as { listening: { health: string } },
    /** What it said beside its log. */
    said: () => said.join('\n'),
    /** Resolves when it has logged that. */
    logs: async (message: string): Promise<Record<string, unknown>> => {
      if (!logged.some(({ msg }) => msg === message)) {
        await new Promise<void>((tell) => waiting.push({ message, tell }));
      }
      return logged.find(({ msg }) => msg === message)!;
    },
    stop: async (signal: NodeJS.Signals): Promise<unknown> => {
      const ended = once(child, 'exit');
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

async function get(address: string, path = '/healthz', method = 'GET') {
  const [response] = await once(
    request(`http://${address}${path}`, { method, agent: false }).end(),
    'response',
  );
  return { status: response.statusCode as number, body: await text(response) };
}

test('what an administrator recalls is replaced at the next look, and why is told', async () => {
  const { file } = await enrolmentOf('recalled');
  const out = place('recalled');
  assert.equal((await agent('--enrolment', file, '--out', out)).status, 0);
  const before = leafIn(out).fingerprint256;
  const url = 'https://status.example/2';
  const recall = await administer('authority', 'recall', '--profile', 'client', '--explanation-url', url);
  const again = await agent('--out', out);
  assert.deepEqual([again.status, again.json()['changed']], [0, true], again.stderr);
  assert.match(again.stderr, /"explanation_url":"https:\/\/status\.example\/2"/);
  assert.notEqual(leafIn(out).fingerprint256, before);
  assert.equal((await agent('--out', out)).json()['changed'], false);
  await administer('authority', 'recall', recall['recall_id'] as string, '--end');
});

test('as a daemon it tells its health, replaces a revoked certificate, and ends on a signal', async () => {
  const { file } = await enrolmentOf('daemon');
  const out = place('daemon');
  const health = ['--listen-health', '127.0.0.1:0'];
  const one = await startAgent('--enrolment', file, '--out', out, ...health);
  await one.logs('renewal scheduled');
  const leaf = leafIn(out);
  const { listening } = one.started;
  const answer = await get(listening.health);
  assert.equal(answer.status, 200);
  const { next_renewal: nextRenewal, ...said } = JSON.parse(answer.body);
  assert.deepEqual(said, {
    state: 'valid',
    fingerprint256: leaf.fingerprint256,
    not_before: leaf.notBefore / 1000,
    not_after: leaf.notAfter / 1000,
    failures: 0,
  });
  assert.ok(nextRenewal * 1000 > Date.now() && nextRenewal * 1000 < leaf.notAfter);
  assert.equal((await get(listening.health, '/elsewhere')).status, 404);
  assert.equal((await get(listening.health, '/healthz', 'POST')).status, 405);
  assert.equal(await one.stop('SIGTERM'), 0);

  await administer('certificate', 'revoke', leaf.fingerprint256, '--reason', 'superseded');
  const two = await startAgent('--out', out, '--reload', 'true', ...health);
  const renewed = await two.logs('renewed');
  assert.equal(renewed['former'], leaf.fingerprint256);
  await two.logs('reloaded');
  assert.equal(leafIn(out).fingerprint256, renewed['fingerprint256']);
  assert.equal(JSON.parse((await get(two.started.listening.health)).body).last_reload.ok, true);
  assert.equal(await two.stop('SIGINT'), 0);
});

test('a daemon whose server is away waits for it, says so in its health, and ends at once when asked', async () => {
  const { enrolment } = await enrolmentOf('patient');
  const file = place('patient-elsewhere.json');
  // Nobody listens there.
  writeFileSync(file, JSON.stringify({ ...enrolment, directory: 'https://localhost:1/directory' }));
  const one = await startAgent(
    '--enrolment',
    file,
    '--out',
    place('patient'),
    '--listen-health',
    '127.0.0.1:0',
  );
  await one.logs('no new certificate');
  const { status, body } = await get(one.started.listening.health);
  assert.equal(status, 503);
  assert.deepEqual(
    [JSON.parse(body).state, JSON.parse(body).last_error.code],
    ['enrolling', 'server_unreachable'],
  );
  assert.equal(await one.stop('SIGTERM'), 0);
});

test('a daemon that the server refuses before it has a certificate ends, and says why', async () => {
  const { file } = await enrolmentOf('twice');
  assert.equal((await agent('--enrolment', file, '--out', place('twice'))).status, 0);
  const one = await startAgent('--enrolment', file, '--out', place('thrice'));
  const [status] = await once(one.child, 'exit');
  assert.equal(status, 1);
  assert.ok(
    one
      .said()
      .includes('mortise: the ACME server refused: unauthorized (The key of the binding was used already.)'),
  );
});
