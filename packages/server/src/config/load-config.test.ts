import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { ConfigError, loadConfig } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.yaml`);
  writeFileSync(path, text);
  return path;
}

const nothing = { flags: {}, environment: {} };

async function refusal(text: string): Promise<ConfigError> {
  const path = file(text);
  const error = await loadConfig({ ...nothing, file: path }).then(
    () => assert.fail('was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConfigError);
  assert.equal(error.message.includes('\n'), false);
  return error;
}

test('the file overrides defaults, the environment the file, flags the environment', async () => {
  const path = file('listen_public: 0.0.0.0:1\nlisten_mtls: 0.0.0.0:2\nlisten_pki: 0.0.0.0:3\n');
  const { config, given } = await loadConfig({
    file: path,
    environment: { MORTISE_LISTEN_MTLS: '0.0.0.0:20', MORTISE_LISTEN_PKI: '0.0.0.0:30' },
    flags: { listenPki: '[::1]:300' },
  });
  assert.deepEqual(config.listenPublic, { host: '0.0.0.0', port: 1 });
  assert.deepEqual(config.listenMtls, { host: '0.0.0.0', port: 20 });
  assert.deepEqual(config.listenPki, { host: '::1', port: 300 });
  assert.deepEqual(config.listenMetrics, { host: '127.0.0.1', port: 9464 });
  assert.deepEqual([...given].sort(), ['listenMtls', 'listenPki', 'listenPublic']);
  assert.ok(Object.isFrozen(config));
});

test('an unknown key is named with file and line, the nearest one is suggested and all are listed', async () => {
  const error = await refusal('# a comment\nissuer: https://a.example\nlisten_pubic: 0.0.0.0:1\n');
  assert.equal(error.code, 'unknown_key');
  assert.match(
    error.message,
    /\.yaml:3: "listen_pubic" is not a setting; did you mean listen_public\? Allowed are data, /,
  );
  assert.match(error.message, / listen_public, .*, log_level, profiles$/);
});

test('an unknown key that is near nothing gets the list of what is allowed', async () => {
  const error = await refusal('flavour: vanilla\n');
  assert.match(
    error.message,
    /:1: "flavour" is not a setting; allowed are data, listen_public, .*, profiles$/,
  );
});

test('of a key that is too long to show, only the beginning is shown', async () => {
  const error = await refusal(`${'k'.repeat(1000)}: 1\n`);
  assert.match(error.message, /"k{64}…" is not a setting; allowed are /);
  assert.ok(error.message.length < 2000);
});

test('a wrong value is named with file and line and what is allowed', async () => {
  const cases: [string, RegExp][] = [
    [
      '\naccess_token_lifetime_seconds: ten',
      /:2: access_token_lifetime_seconds must be an integer from 10 to 86400$/,
    ],
    ['access_token_lifetime_seconds: 9', /must be an integer from 10 to 86400$/],
    ['access_token_lifetime_seconds: 10.5', /must be an integer/],
    ['listen_public: 8443', /:1: listen_public must be HOST:PORT/],
    ['listen_public: localhost:65536', /must be HOST:PORT/],
    ['issuer: http://a.example', /must be a URL that begins with https:\/\//],
    ['issuer: https://a.example/?q', /without query or fragment/],
    ['issuer: https://my_host:8443', /with a DNS name or IP address/],
    ['issuer: https://user:word@a.example', /without query or fragment/],
    ['log_level: loud', /must be one of fatal, error, warn/],
    ['server_name: {a: b}', /must be a list/],
    ['server_name: [id.example, a b]', /:1: server_name must be a list of DNS names or IP addresses$/],
    ['server_name: 10.1.2', /must be a list of DNS names/],
    ['fetch_networks: [10.0.0.0/8, 10.0.0.0/33]', /must be a list of networks in CIDR notation, such as /],
    ['acme_networks: intranet', /must be a list of networks/],
    ['acme_networks: [fd00::/8/9]', /must be a list of networks/],
    ['change_urls: 1', /must be true or false/],
    ['data:', /:1: data must be a text/],
  ];
  for (const [text, expected] of cases) {
    const error = await refusal(text);
    assert.equal(error.code, 'wrong_value', text);
    assert.match(error.message, expected);
  }
});

/** Each name stands for ten of the former. */
const aliasBomb = `profiles:\n  a0: &a0 [x]\n${Array.from(
  { length: 9 },
  (_, index) => `  a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]\n`,
).join('')}`;

test('broken YAML, a repeated key and a list instead of keys are refused with their line', async () => {
  for (const [text, expected] of [
    ['a: [1\n', /\.yaml:\d+: /],
    ['issuer: https://a.example\nissuer: https://b.example\n', /\.yaml:2: /],
    ['- a\n', /\.yaml:1: must hold/],
    ['\nlisten_public: *:8443\n', /\.yaml:2: listen_public: .*begins with \* is written in quotes$/],
    ['fetch_networks: [*x]\n', /\.yaml:1: fetch_networks: .*in quotes$/],
    [aliasBomb, /\.yaml:\d+: profiles: /],
  ] as [string, RegExp][]) {
    const error = await refusal(text);
    assert.equal(error.code, 'file_invalid');
    assert.match(error.message, expected);
  }
});

test('an empty file sets nothing; a missing one is refused', async () => {
  assert.equal((await loadConfig({ ...nothing, file: file('') })).given.size, 0);
  assert.equal((await loadConfig({ ...nothing, file: file('# only this\n') })).given.size, 0);
  await assert.rejects(loadConfig({ ...nothing, file: join(folder, 'none.yaml') }), {
    code: 'file_unreadable',
  });
});

test('a wrong variable or flag is named as it was written', async () => {
  await assert.rejects(loadConfig({ flags: {}, environment: { MORTISE_BODY_LIMIT_BYTES: 'x' } }), {
    code: 'wrong_value',
    key: 'MORTISE_BODY_LIMIT_BYTES',
  });
  await assert.rejects(loadConfig({ flags: { listenPublic: 'x' }, environment: {} }), {
    key: '--listen-public',
  });
});

test('a variable that sets nothing is warned of, those of Kubernetes and the secrets are not', async () => {
  const { warnings } = await loadConfig({
    flags: {},
    environment: {
      MORTISE_LISTEN_PUBLC: 'x',
      MORTISE_FOO: 'x',
      MORTISE_MASTER_KEY: 'x',
      MORTISE_SERVICE_HOST: '10.0.0.1',
      MORTISE_PORT_8443_TCP_ADDR: '10.0.0.1',
      MORTISE_PORT: 'tcp://10.0.0.1:8443',
    },
  });
  assert.equal(warnings.length, 2);
  assert.match(warnings[1]!, /^MORTISE_FOO sets nothing; allowed are MORTISE_DATA, /);
  assert.match(
    warnings[0]!,
    /^MORTISE_LISTEN_PUBLC sets nothing; did you mean MORTISE_LISTEN_PUBLIC\? Allowed are MORTISE_DATA, .*, MORTISE_PKCS11_PIN, /,
  );
});

test('a trailing slash of an outer URL is dropped, the rest is kept as written', async () => {
  const { config } = await loadConfig({ flags: { issuer: 'https://Auth.example/tenant/' }, environment: {} });
  assert.equal(config.issuer, 'https://Auth.example/tenant');
});

test('a file of certificates that a server could not use is refused with its line; others need none', async () => {
  const certificates = join(folder, 'ca.pem');
  writeFileSync(certificates, rootCertificates.slice(0, 2).join('\n'));
  const broken = join(folder, 'broken.pem');
  writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const missing = join(folder, 'none.pem');
  const cases: [string, RegExp][] = [
    [missing, /\.yaml:2: fetch_ca_file: .*none\.pem cannot be read \(ENOENT\)$/],
    [folder, /\.yaml:2: fetch_ca_file: .* cannot be read \(EISDIR\)$/],
    [file('# none\n'), /\.yaml:2: fetch_ca_file: .* holds no certificate in PEM$/],
    [broken, /\.yaml:2: fetch_ca_file: .*broken\.pem holds a certificate that cannot be read$/],
  ];
  for (const [path, message] of cases) {
    const sources = { ...nothing, file: file(`log_level: warn\nfetch_ca_file: ${path}\n`) };
    await assert.rejects(loadConfig({ ...sources, checkFiles: true }), { code: 'wrong_value', message });
    assert.equal((await loadConfig(sources)).config.fetchCaFile, path);
    const flags = { fetchCaFile: certificates };
    assert.equal(
      (await loadConfig({ ...sources, flags, checkFiles: true })).config.fetchCaFile,
      certificates,
    );
  }
  await assert.rejects(loadConfig({ ...nothing, flags: { fetchCaFile: missing }, checkFiles: true }), {
    message: /^command line: --fetch-ca-file: /,
  });
});
