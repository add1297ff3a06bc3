import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { certificateId, createKeySigner, createOcspResponse } from '@mortise/x509';
import { claimPort } from '../../../../../testing/claim-port.ts';
import { type CommandResult, runCommand } from '../testing/run-command.ts';
import { fetchChain } from './fetch-chain.ts';
import { type Keyed, ServedAuthority, serveTls, type TestTlsServer } from './testing/served-authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-verify-server-'));
const root = join(folder, 'root.pem');
let authority: ServedAuthority;
let leaf: Keyed;
let server: TestTlsServer;

before(async () => {
  authority = await ServedAuthority.make('Acme');
  leaf = await authority.leaf();
  writeFileSync(root, authority.root.certificate.toPem());
  server = await serveTls(leaf, [authority.intermediate.certificate]);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const verify = (...argv: string[]): Promise<CommandResult> =>
  runCommand(['verify', '--anchor', root, ...argv]);

test('a server is asked by its name, which its certificate must hold, for TLS servers', async () => {
  const { status, stdout } = await verify(`localhost:${server.port}`);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^checked {2}127\.0\.0\.1:\d+ \(TLSv1\.3\), which sent 2 certificates\n/);
  assert.match(stdout, /\nname {5}dns:localhost\npurpose {2}serverAuth\n/);
  assert.equal(server.asked.at(-1), 'localhost');
});

test('an address is looked for as an address, and no name is asked for', async () => {
  const before = server.asked.length;
  const { status, stdout } = await verify(`127.0.0.1:${server.port}`);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /\nname {5}ip:127\.0\.0\.1\n/);
  assert.equal(server.asked.length, before);
});

test('--name is asked for and compared in place of the host', async () => {
  const { status, stdout } = await verify('--name', 'api.example', `127.0.0.1:${server.port}`);
  assert.equal(status, 1);
  assert.match(stdout, /✗ name_mismatch/);
  assert.equal(server.asked.at(-1), 'api.example');
});

test('an IPv6 address stands in brackets', async () => {
  const hasIpv6 = Object.values(networkInterfaces()).some((each) =>
    each?.some(({ address }) => address === '::1'),
  );
  if (!hasIpv6) {
    assert.match((await verify('[::1]:1')).stderr, /no certificate from \[::1\]:1: ::1 /);
    return;
  }
  const six = await serveTls(leaf, [authority.intermediate.certificate], { host: '::1' });
  const { status, stdout } = await verify(`[::1]:${six.port}`);
  await six.close();
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^checked {2}\[::1\]:\d+/);
});

test('an intermediate that is not sent is missing, and it says who should send it', async () => {
  const alone = await serveTls(leaf, []);
  const { status, stdout } = await verify(`localhost:${alone.port}`);
  await alone.close();
  assert.equal(status, 1);
  assert.match(stdout, /which sent 1 certificate\n/);
  assert.match(stdout, /issuer {2}CN=Acme Issuing\n/);
  assert.match(stdout, /A server must send the certificates between its own and the anchor, too\.\n$/);
});

test('certificates in any order are used, related or not', async () => {
  const stray = await ServedAuthority.make('Stray');
  const messy = await serveTls(leaf, [
    stray.root.certificate,
    authority.root.certificate,
    authority.intermediate.certificate,
  ]);
  const { status, stdout } = await verify(`localhost:${messy.port}`);
  await messy.close();
  assert.equal(status, 0, stdout);
  assert.match(stdout, /which sent 4 certificates\n/);
});

test('a stapled OCSP response is used', async () => {
  const { intermediate } = authority;
  const staple = async (status: 'good' | { revokedAt: number }): Promise<CommandResult> => {
    const times = { thisUpdate: Date.now() - 60_000, nextUpdate: Date.now() + 60_000 };
    const id = certificateId(leaf.certificate.serialBytes, intermediate.certificate);
    const ocspResponse = await createOcspResponse(
      { responses: [{ id, status, ...times }], producedAt: Date.now() },
      createKeySigner(intermediate.privateKey),
    );
    const stapling = await serveTls(leaf, [intermediate.certificate], { ocspResponse });
    const result = await verify(`localhost:${stapling.port}`);
    await stapling.close();
    return result;
  };
  const good = await staple('good');
  assert.equal(good.status, 0, good.stdout);
  assert.match(good.stdout, /2 certificates and an OCSP response\n/);
  assert.match(good.stdout, /status {4}not revoked, by OCSP/);
  const revoked = await staple({ revokedAt: Date.now() - 60_000 });
  assert.equal(revoked.status, 1);
  assert.match(revoked.stdout, /✗ revoked/);
});

test('a server that asks for a client certificate shows its own all the same', async () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const strict = await serveTls(leaf, [authority.intermediate.certificate], {
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.root.certificate.toPem(),
      maxVersion,
    });
    const { status, stdout } = await verify(`localhost:${strict.port}`);
    await strict.close();
    assert.equal(status, 0, stdout);
    assert.match(stdout, /which sent 2 certificates/);
    if (maxVersion === 'TLSv1.2') assert.match(stdout, /it may ask for a certificate of the client\.\n$/);
  }
});

test('what is wrong with a served certificate is told, not refused by TLS', async () => {
  const old = await authority.leaf({
    subject: 'CN=old',
    notBefore: Date.now() - 9_000_000,
    notAfter: Date.now() - 5_000_000,
    extendedKeyUsage: ['clientAuth'],
  });
  const stale = await serveTls(old, [authority.intermediate.certificate]);
  const result = await verify('--json', `localhost:${stale.port}`);
  await stale.close();
  assert.equal(result.status, 1);
  const { certificates, source } = result.json() as {
    source: Record<string, unknown>;
    certificates: { failures: { code: string }[] }[];
  };
  assert.deepEqual(
    certificates[0]!.failures.map(({ code }) => code),
    ['expired', 'purpose_mismatch'],
  );
  assert.equal(source['kind'], 'server');
  assert.equal(source['protocol'], 'TLSv1.3');
  assert.equal(source['ocsp_stapled'], false);
});

/** A server without TLS. */
async function plain(
  onConnection: Parameters<typeof createServer>[1],
): Promise<{ server: Server; port: number }> {
  const listening = createServer(onConnection as () => void).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return { server: listening, port: (listening.address() as AddressInfo).port };
}

test('a server that cannot be asked ends with 2 and one clear line', async () => {
  const closing = await plain((socket) => socket.destroy());
  const chatting = await plain((socket) => {
    socket.on('error', () => undefined);
    socket.end('220 mail.example ESMTP ready, and no TLS here\r\n');
  });
  const cases: [string, RegExp][] = [
    [
      `127.0.0.1:${await claimPort()}`,
      /no certificate from 127\.0\.0\.1:\d+: 127\.0\.0\.1 refuses the connection/,
    ],
    [`127.0.0.1:${closing.port}`, /closes the connection/],
    [`127.0.0.1:${chatting.port}`, /does not speak TLS on this port/],
    ['nothing.invalid:443', /no certificate from nothing\.invalid: /],
  ];
  for (const [host, expected] of cases) {
    const { status, stderr, stdout } = await verify(host);
    assert.equal(status, 2, host);
    assert.match(stderr, expected);
    assert.match(stderr, /^mortise: [^\n]+\n$/);
    assert.equal(stdout, '');
  }
  closing.server.close();
  chatting.server.close();
});

test('the addresses of a name are tried in their order until one answers', async () => {
  const addressesOf = async (): Promise<string[]> => ['127.0.0.2', '127.0.0.3', '127.0.0.1'];
  const host = { host: 'many.example', port: server.port };
  const served = await fetchChain(host, 'many.example', { addressesOf });
  assert.equal(served.address, `127.0.0.1:${server.port}`);
  assert.equal(server.asked.at(-1), 'many.example');
  await assert.rejects(fetchChain({ ...host, port: 1 }, undefined, { addressesOf }), {
    message: /many\.example:1: 127\.0\.0\.2 and 127\.0\.0\.3 and 127\.0\.0\.1 refuses/,
  });
  const never = (): Promise<string[]> => new Promise(() => undefined);
  await assert.rejects(fetchChain(host, undefined, { addressesOf: never, lookupMs: 20 }), {
    code: 'name_not_found',
    message: /not found in time/,
  });
});

test('an old server with a weak key is looked at, too', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { certificate } = await authority.leaf({ publicKey });
  const old = await serveTls({ certificate, privateKey }, [authority.intermediate.certificate], {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  const { status, stdout } = await verify('--policy', 'rfc5280', `localhost:${old.port}`);
  await old.close();
  assert.equal(status, 1);
  assert.match(stdout, /\(TLSv1\), which sent/);
  assert.match(stdout, /✗ key_weak/);
});

test('a server that keeps silent is not waited for without end', async () => {
  const accepted: (() => void)[] = [];
  const silent = await plain((socket) => {
    accepted.push(() => socket.destroy());
    socket.on('error', () => undefined);
  });
  await assert.rejects(fetchChain({ host: '127.0.0.1', port: silent.port }, undefined, { attemptMs: 50 }), {
    status: 2,
    code: 'server_unreachable',
    message: /127\.0\.0\.1 does not answer within 0\.05 seconds$/,
  });
  for (const destroy of accepted) destroy();
  silent.server.close();
});
