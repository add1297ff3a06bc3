import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigError, loadConfig } from '../config/index.ts';
import { configuredProfiles } from './configured-profiles.ts';

async function read(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-profiles-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'mortise.yaml');
  writeFileSync(file, text);
  const { config } = await loadConfig({ flags: {}, environment: {}, file });
  return configuredProfiles(config.profiles);
}

test('profiles of the file are read, and the rest comes from what they are based on', async (t) => {
  const [web, client] = await read(
    t,
    `profiles:
  web:
    based_on: server
    name_patterns: ['dns:*.svc.example.com']
    default_lifetime_seconds: 86400
  client:
    key_types: [ec-p256, ed25519]
`,
  );
  assert.equal(web?.defaultLifetimeSeconds, 86_400);
  assert.deepEqual(web?.extendedKeyUsage, ['serverAuth']);
  assert.deepEqual(client?.keyTypes, ['ec-p256', 'ed25519']);
});

test('without profiles there are none', async (t) => {
  assert.deepEqual(await read(t, 'log_level: warn\n'), []);
});

for (const [what, text, key, line, allowed, code = 'wrong_value'] of [
  [
    'an unknown member',
    'profiles:\n  web:\n    based_on: server\n    lifetime: 5\n',
    'profiles.web.lifetime',
    4,
    /mortise\.yaml:4: profiles\.web: "lifetime" is no member of a profile; allowed are based_on, description, /,
    'unknown_key',
  ],
  [
    'a misspelt member',
    'profiles:\n  web:\n    based_on: server\n    key_typs: [ec-p256]\n',
    'profiles.web.key_typs',
    4,
    /did you mean key_types\? Allowed are based_on, .*, acme$/,
    'unknown_key',
  ],
  [
    'a wrong value',
    'profiles:\n  web:\n    based_on: server\n    key_types:\n      - dsa\n',
    'profiles.web.key_types',
    4,
    /ec-p256/,
  ],
  [
    'no base',
    'log_level: warn\nprofiles:\n  web:\n    acme: true\n',
    'profiles.web.based_on',
    3,
    /client, server/,
  ],
  ['a wrong name', 'profiles:\n  Web: {}\n', 'profiles.Web', 2, /lower-case/],
  ['no members', 'profiles:\n  web: 5\n', 'profiles.web', 2, /members/],
  ['no profiles', 'profiles: [web]\n', 'profiles', 1, /names of profiles/],
] as readonly (readonly [string, string, string, number, RegExp, string?])[]) {
  test(`${what} is refused with its key, its line and what is allowed`, async (t) => {
    await assert.rejects(read(t, text), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.code, code);
      assert.equal(error.key, key);
      assert.match(error.message, new RegExp(`mortise\\.yaml:${line}: `));
      assert.match(error.message, allowed);
      return true;
    });
  });
}
