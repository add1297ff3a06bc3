import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { flagsWithValues } from './completion-values.ts';
import { runCommand } from './testing/run-command.ts';

const scripts = new Map<string, string>();
for (const shell of ['bash', 'zsh', 'fish']) {
  scripts.set(shell, (await runCommand(['completion', shell])).stdout);
}

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const line = ['mortise', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _mortise; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['-c', `${scripts.get('bash')}\n${ask}`], { encoding: 'utf8' });
  return text.trimEnd().split('\n');
}

test('every shell completes the commands and flags that exist', () => {
  for (const script of scripts.values()) {
    assert.match(script, /certificate/);
    assert.match(script, /token-endpoint-auth-method/);
  }
  assert.deepEqual(offered('certificate', 'is'), ['issue']);
  assert.deepEqual(offered('certificate', 'issue', '--cs'), ['--csr']);
  assert.ok(offered('client', 'create', 'billing', '--').includes('--scope'));
});

test('flags that take few values offer them', () => {
  const keyTypes = ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ed25519'];
  assert.deepEqual(offered('certificate', 'issue', '--key-type', ''), keyTypes);
  assert.deepEqual(offered('serve', '--authority-key-type', ''), keyTypes);
  assert.deepEqual(offered('authority', 'recall', '--key-type', 'r'), [
    'rsa',
    'rsa-2048',
    'rsa-3072',
    'rsa-4096',
  ]);
  assert.deepEqual(offered('certificate', 'issue', '--client', 'a', '--profile', ''), [
    'client',
    'server',
    'spiffe',
    'intermediate',
    'short-lived',
  ]);
  assert.deepEqual(offered('client', 'create', 'x', '--token-endpoint-auth-method', 'tls'), [
    'tls_client_auth',
  ]);
  assert.deepEqual(offered('token', '--token-endpoint-auth-method', 'private'), ['private_key_jwt']);
  assert.deepEqual(offered('certificate', 'revoke', 'ab', '--reason', 'key'), ['keyCompromise']);
  assert.deepEqual(offered('completion', ''), ['bash', 'zsh', 'fish']);
});

test('a value after an equals sign is completed, as bash and as zsh pass it', () => {
  assert.deepEqual(offered('certificate', 'issue', '--key-type', '=', 'ed'), ['ed25519']);
  assert.deepEqual(offered('certificate', 'issue', '--key-type', '=').length, 6);
  assert.deepEqual(offered('certificate', 'issue', '--key-type=ed'), ['--key-type=ed25519']);
});

test('a flag whose value may be left out may be followed by another', () => {
  const flag = '--legacy-assertion-audience';
  assert.deepEqual(offered('client', 'create', flag, ''), ['true', 'false']);
  assert.deepEqual(offered('client', 'create', flag, '--jwks-'), ['--jwks-uri']);
});

test('fish and zsh get the values too', () => {
  const values = "-a 'ec-p256 ec-p384 rsa-2048 rsa-3072 rsa-4096 ed25519'";
  const place = "__fish_seen_subcommand_from certificate; and __fish_seen_subcommand_from issue'";
  assert.ok(scripts.get('fish')?.includes(`${place} -l key-type -r -f ${values}`));
  assert.ok(scripts.get('zsh')?.endsWith(scripts.get('bash')!));
});

test('every flag with known values exists', () => {
  const script = scripts.get('bash')!;
  for (const flag of flagsWithValues) {
    const [path, name] = /^(?:(.*) )?(--\S+)$/.exec(flag)!.slice(1);
    assert.match(script, new RegExp(`'${path ?? '[a-z ]+'} ${name}'\\) offered=`), flag);
  }
});
