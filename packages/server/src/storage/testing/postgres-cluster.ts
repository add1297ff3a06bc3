import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connect } from './connect.ts';

/** Where distributions put PostgreSQL's programs, newest first; then the PATH. */
function programs(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of versions) {
    const folder = join(root, version, 'bin');
    if (existsSync(join(folder, 'initdb'))) return folder;
  }
  return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or else `nobody`. */
function ordinaryUser(): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // no such user here
    }
  }
  throw new Error('no ordinary user to run PostgreSQL as');
}

/** A running PostgreSQL on a socket in a temporary folder. */
export interface PostgresCluster {
  /** A new empty database; its URL. */
  createDatabase(): Promise<string>;
  /** Kills it without warning, as a power cut would; its files stay. */
  crash(): Promise<void>;
  /** Starts it again on its files. */
  start(): Promise<void>;
}

let shared: Promise<PostgresCluster> | undefined;

/** The cluster of this test process, made when first asked for; it ends with the process. */
export function postgresCluster(): Promise<PostgresCluster> {
  shared ??= makeCluster();
  return shared;
}

async function makeCluster(): Promise<PostgresCluster> {
  const bin = programs();
  const user = ordinaryUser();
  // Short, because the path of a unix socket may have only 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'mortise', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...user,
    cwd: folder,
    stdio: 'pipe',
  });
  let server: ChildProcess | undefined;
  let databases = 0;
  const url = (database: string) =>
    `postgres://mortise@localhost/${database}?host=${encodeURIComponent(folder)}`;

  async function start(): Promise<void> {
    server = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'max_connections=60'],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    server.unref();
    await accepting(url('postgres'), server);
  }

  async function crash(): Promise<void> {
    const ending = server;
    server = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    ending.ref();
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGQUIT');
    await ended;
  }

  process.once('exit', () => {
    if (server !== undefined) {
      const stop = ['stop', '-D', data, '-m', 'immediate', '-w', '-s'];
      spawnSync(join(bin, 'pg_ctl'), stop, { ...user, cwd: folder, stdio: 'ignore' });
    }
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return {
    start,
    crash,
    async createDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      const client = await connect(url('postgres'));
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return url(name);
    },
  };
}

/** Resolves when it answers; the attempts are spaced, since it says nowhere that it is ready. */
async function accepting(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with status ${server.exitCode}`);
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }
}
