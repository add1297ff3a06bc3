import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const modules = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'];

/** A token of SoftHSM2 in a temporary folder, for one test process. */
export interface SoftToken {
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  /** Takes the token away, as if it were unplugged. */
  unplug(): void;
  plugIn(): void;
  /** What pkcs11-tool says; the PIN goes by its environment. */
  tool(...parameters: string[]): string;
}

/** Makes a token, and points SOFTHSM2_CONF of this process and of those that it starts at it. */
export function makeSoftToken(test: { after(end: () => void): void }): SoftToken {
  const module = modules.find((path) => existsSync(path));
  if (module === undefined) throw new Error('softhsm2 is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'mortise-token-'));
  const tokens = join(folder, 'tokens');
  mkdirSync(tokens);
  const configuration = join(folder, 'softhsm2.conf');
  writeFileSync(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const before = process.env['SOFTHSM2_CONF'];
  process.env['SOFTHSM2_CONF'] = configuration;
  test.after(() => {
    if (before === undefined) delete process.env['SOFTHSM2_CONF'];
    else process.env['SOFTHSM2_CONF'] = before;
    rmSync(folder, { recursive: true, force: true });
  });
  const label = 'Mortise test';
  const pin = 'correct horse 7';
  execFileSync(
    'softhsm2-util',
    ['--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', pin],
    { stdio: 'ignore' },
  );
  return {
    module,
    label,
    pin,
    unplug: () => {
      renameSync(tokens, `${tokens}.away`);
      mkdirSync(tokens);
    },
    plugIn: () => {
      rmSync(tokens, { recursive: true });
      renameSync(`${tokens}.away`, tokens);
    },
    tool: (...parameters) =>
      execFileSync(
        'pkcs11-tool',
        ['--module', module, '--token-label', label, '--login', '--pin', 'env:PIN', ...parameters],
        {
          encoding: 'utf8',
          env: { ...process.env, PIN: pin },
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      ),
  };
}
