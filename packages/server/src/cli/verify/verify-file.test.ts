import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Certificate,
  certificateId,
  createCrl,
  createKeySigner,
  createOcspResponse,
  encodePem,
} from '@mortise/x509';
import { type CommandResult, runCommand } from '../testing/run-command.ts';
import { type Keyed, ServedAuthority } from './testing/served-authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-verify-'));
const hour = 3_600_000;
let authority: ServedAuthority;
let leaf: Keyed;
let root: string;

before(async () => {
  authority = await ServedAuthority.make('Acme');
  leaf = await authority.leaf();
  root = write('root.pem', authority.root.certificate.toPem());
});
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const pem = (...certificates: Certificate[]): string => certificates.map((one) => one.toPem()).join('');
const verify = (...argv: string[]): Promise<CommandResult> => runCommand(['verify', ...argv]);
const inFull = (): string => pem(leaf.certificate, authority.intermediate.certificate);

function assertOneLine(result: CommandResult, expected: RegExp): void {
  assert.equal(result.status, 2, result.stdout);
  assert.match(result.stderr, expected);
  assert.match(result.stderr, /^mortise: [^\n]+\n$/);
  assert.equal(result.stdout, '');
}

test('a valid path prints as a tree with what was asked, and ends with 0', async () => {
  const file = write('valid.pem', inFull());
  const { status, stdout } = await verify('--anchor', root, file);
  assert.equal(status, 0, stdout);
  assert.match(
    stdout,
    /^checked {2}.*valid\.pem \(PEM\)\nname {5}any\npurpose {2}any\nanchors {2}1 certificate of /,
  );
  assert.match(
    stdout,
    /\n\nvalid until .* \((29|30) days\): the certificate expires first\n\nCN=localhost\n/,
  );
  assert.match(stdout, /\n└─ CN=Acme Issuing\n/);
  assert.match(stdout, /\n {3}└─ CN=Acme Root {2}← trust anchor\n/);
});

test('the leaf is found in a bundle of any order with junk between', async () => {
  const { root: top, intermediate } = authority;
  const text = `subject=root\n${pem(top.certificate)}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${pem(intermediate.certificate, leaf.certificate)}`;
  const { status, stdout } = await verify('--anchor', root, write('bundle.pem', text));
  assert.equal(status, 0, stdout);
  assert.match(stdout, /\n\nCN=localhost\n/);
});

test('without --anchor the roots of Node are trusted, and it says so', async () => {
  const { status, stdout } = await verify(write('private.pem', inFull()));
  assert.equal(status, 1);
  assert.match(
    stdout,
    /anchors {2}the \d+ root certificates that come with Node\.js, because no --anchor was given/,
  );
  assert.match(stdout, /✗ no_path/);
  assert.match(stdout, /give its root: --anchor FILE\.\n$/);
});

test('every failure is told with its values and its rule, and the status is 1', async () => {
  const file = write('leaf.der', leaf.certificate.der);
  const pathless = await verify('--anchor', root, file);
  assert.match(pathless.stdout, /\(DER\)(.*\n)*not valid: no_path\n(.*\n)*.*issuer {2}CN=Acme Issuing\n/);
  assert.match(pathless.stdout, /must be in the same file, in any order\.\n$/);
  const wrong = await verify(
    ...['--anchor', root, '--purpose', 'clientauth', '--name', 'other.example', '--at', '2031-01-31'],
    write('full.pem', inFull()),
  );
  assert.equal(wrong.status, 1);
  assert.match(wrong.stdout, /\nnot valid: expired, purpose_mismatch, name_mismatch\n/);
  assert.match(
    wrong.stdout,
    /✗ name_mismatch: .*\n.*wanted {5}dns:other\.example\n.*presented {2}dns:localhost, /,
  );
  assert.match(wrong.stdout, /time {5}2031-01-31 00:00:00Z\n/);
});

test('the JSON form holds the same for a program', async () => {
  const file = write('json.pem', inFull());
  const right = (await verify('--json', '--anchor', root, '--name', 'localhost', file)).json();
  assert.equal(right['valid'], true);
  assert.equal(right['name'], 'dns:localhost');
  assert.deepEqual(right['anchors'], { source: 'files', files: [root], count: 1 });
  const [certificate] = right['certificates'] as Record<string, unknown>[];
  assert.equal((certificate!['path'] as object[]).length, 3);
  assert.equal(certificate!['valid_until'], Math.floor(leaf.certificate.notAfter / 1000));
  const wrong = await verify('--json', '--anchor', root, '--purpose', 'clientAuth', file);
  assert.equal(wrong.status, 1);
  const [refused] = wrong.json()['certificates'] as { valid: boolean; failures: Record<string, unknown>[] }[];
  assert.equal(refused!.valid, false);
  assert.equal(refused!.failures[0]!['code'], 'purpose_mismatch');
  assert.equal(refused!.failures[0]!['rule'], 'RFC 5280 §4.2.1.12');
  assert.equal(refused!.failures[0]!['fingerprint256'], leaf.certificate.fingerprint256);
});

test('a CRL and an OCSP response at hand count, and can be required', async () => {
  const file = write('revocable.pem', inFull());
  const { intermediate } = authority;
  const signer = createKeySigner(intermediate.privateKey);
  const now = Date.now();
  const times = { thisUpdate: now - hour, nextUpdate: now + hour };
  const revoked = {
    serialNumber: leaf.certificate.serialBytes,
    revokedAt: now - hour,
    reason: 'keyCompromise',
  } as const;
  const crl = await createCrl(
    { issuer: intermediate.certificate, ...times, crlNumber: 1, entries: [revoked] },
    signer,
  );
  const list = write('revoked.crl', encodePem('X509 CRL', crl.der));
  const byCrl = await verify('--anchor', root, '--crl', list, file);
  assert.equal(byCrl.status, 1);
  assert.match(byCrl.stdout, /✗ revoked: .*\n.*reason {5}keyCompromise\n/);
  const response = await createOcspResponse(
    {
      responses: [
        {
          id: certificateId(leaf.certificate.serialBytes, intermediate.certificate),
          status: 'good',
          ...times,
        },
      ],
      producedAt: now,
    },
    signer,
  );
  const good = await verify('--anchor', root, '--ocsp', write('good.ocsp', response), file);
  assert.equal(good.status, 0, good.stdout);
  assert.match(good.stdout, /status {4}not revoked, by OCSP until/);
  assert.match(good.stdout, /then the OCSP response is too old\n/);
  const required = await verify('--anchor', root, '--revocation', 'require', file);
  assert.equal(required.status, 1);
  assert.match(required.stdout, /✗ revocation_unknown/);
});

test('lint warns and does not decide', async () => {
  const odd = await authority.leaf({ subject: 'CN=odd,C=Germany' });
  const file = write('odd.pem', pem(odd.certificate, authority.intermediate.certificate));
  const { status, stdout } = await verify('--anchor', root, '--policy', 'webpki', file);
  assert.match(
    stdout,
    /\nwarnings about .*CN=odd.*, though they do not make the path invalid\n {2}error {4}\w+: .* \((RFC|CABF) /,
  );
  assert.equal(status, 0, stdout);
  const { certificates } = (await verify('--json', '--anchor', root, file)).json() as {
    certificates: { lint: { code: string; severity: string }[] }[];
  };
  assert.ok(certificates[0]!.lint.length > 0);
});

interface TestStore {
  readonly password: string;
  readonly base64: string;
}
const stores = JSON.parse(
  readFileSync(new URL('../../../../x509/src/key-stores/testing/test-stores.json', import.meta.url), 'utf8'),
) as Record<string, TestStore>;

test('key stores are read, each certificate with a key by its alias', async () => {
  const cases = [
    ['modern.p12', 'PKCS #12'],
    ['legacy.p12', 'PKCS #12'],
    ['java.jks', 'JKS'],
    ['java.jceks', 'JCEKS'],
    ['bundle.p7b', 'PKCS #7'],
  ] as const;
  for (const [name, format] of cases) {
    const { password, base64 } = stores[name]!;
    const file = write(name, Buffer.from(base64, 'base64'));
    const passphrase = write('passphrase', `${password}\n`);
    const { status, stdout, stderr } = await verify('--passphrase-file', passphrase, '--anchor', file, file);
    assert.ok(status < 2, `${name}: ${stderr}`);
    assert.ok(stdout.includes(`(${format})`), name);
    assert.match(stdout, /← trust anchor/, name);
  }
  const two = await verify('--anchor', join(folder, 'java.jceks'), join(folder, 'java.jceks'));
  assert.match(two.stdout, /── zlast ──\n\n(.*\n)*── web ──\n\n/);
});

test('what cannot be read ends with 2 and one clear line', async () => {
  const { base64 } = stores['modern.p12']!;
  const store = write('locked.p12', Buffer.from(base64, 'base64'));
  const key = write('key.pem', leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const broken = write('broken.der', leaf.certificate.der.subarray(0, 100));
  const crl = write('no.crl', 'nothing');
  const full = write('again.pem', inFull());
  const cases: [string[], RegExp][] = [
    [[join(folder, 'none.pem')], /none\.pem cannot be read: there is no such file\n$/],
    [[folder], /cannot be read: it is a folder/],
    [[write('empty.pem', '')], /holds no certificate\n$/],
    [[key], /holds no certificate \(there is: PRIVATE KEY\)/],
    [[broken], /broken\.der cannot be read as certificates: .*\(der_truncated\)/],
    [[store], /is protected by a passphrase; give it with --passphrase-file FILE/],
    [['--passphrase-file', write('wrong', 'no'), store], /does not open with this passphrase/],
    [['--passphrase-file', join(folder, 'none'), store], /none cannot be read/],
    [['--anchor', join(folder, 'none.pem'), full], /none\.pem cannot be read/],
    [['--anchor', key, full], /key\.pem holds no certificate/],
    [['--crl', crl, full], /no\.crl cannot be read as a CRL/],
    [['--ocsp', crl, full], /no\.crl cannot be read as an OCSP response/],
    [['--purpose', 'tls', full], /--purpose must be serverAuth, /],
    [['--policy', 'strict', full], /--policy must be rfc5280 or webpki/],
    [['--revocation', 'maybe', full], /--revocation must be available or require/],
    [['--at', 'soon', full], /--at must be a day or a time/],
    [['--name', 'localhost:443', full], /has a port/],
    [['example.com'], /for a server, add its port: example\.com:443/],
    [[], /missing required argument/],
  ];
  for (const [argv, expected] of cases) assertOneLine(await verify(...argv), expected);
});
