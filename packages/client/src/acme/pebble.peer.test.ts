import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Certificate, createCertificateRequest, createKeySigner } from '@mortise/x509';
import { claimPort } from '../../../../testing/claim-port.ts';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { createTestAuthority } from '../testing/certificates.ts';
import { createAccountKey } from './account-key.ts';
import { AcmeClient } from './acme-client.ts';
import type { ChallengeAnswers } from './challenge.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-pebble-'));
const authority = await createTestAuthority();

/** Starts a program of Debian's pebble; resolves when it has said `ready`. */
async function start(name: string, argv: string[], ready: RegExp, environment: Record<string, string> = {}) {
  const child = spawn(name, argv, {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: 'pipe',
  });
  const gone = once(child, 'close');
  after(async () => {
    child.kill('SIGTERM');
    await gone;
  });
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (ready.test(said)) resolve();
    });
  }
  child.once('error', reject);
  child.once('close', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)));
  await promise;
}

/** What pebble asks, all names being 127.0.0.1. */
const tokens = new Map<string, string>();
const web = createServer((request, response) => {
  const answer = tokens.get(request.url?.split('/').at(-1) ?? '');
  response.writeHead(answer === undefined ? 404 : 200).end(answer);
});
const httpPort = await listen(web);
const http01: ChallengeAnswers = {
  type: 'http-01',
  add: async ({ token, keyAuthorization }) => void tokens.set(token, keyAuthorization),
  remove: async ({ token }) => void tokens.delete(token),
};
after(async () => {
  await stopListening(web);
  rmSync(folder, { recursive: true });
});

const dnsPort = await claimPort();
const management = await claimPort();
await start(
  'pebble-challtestsrv',
  [
    '-http01',
    '',
    '-https01',
    '',
    '-tlsalpn01',
    '',
    '-defaultIPv6',
    '',
    '-dns01',
    `127.0.0.1:${dnsPort}`,
    '-management',
    `127.0.0.1:${management}`,
  ],
  /management server/i,
);

async function startPebble(environment: Record<string, string>): Promise<string> {
  const { cert, key } = await authority.server();
  const port = await claimPort();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, `${port}-${name}`), text);
    return join(folder, `${port}-${name}`);
  };
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${await claimPort()}`,
    certificate: file('cert.pem', cert),
    privateKey: file('key.pem', key),
    httpPort,
    tlsPort: await claimPort(),
    externalAccountBindingRequired: true,
    externalAccountMACKeys: { 'kid-1': hmacKey },
  };
  const config = file('config.json', JSON.stringify({ pebble }));
  await start(
    'pebble',
    ['-config', config, '-dnsserver', `127.0.0.1:${dnsPort}`, '-strict'],
    /ACME directory available/,
    environment,
  );
  return `https://localhost:${port}/dir`;
}

const hmacKey = Buffer.alloc(32, 5).toString('base64url');

for (const [what, environment] of [
  ['refuses 5 % of good nonces', { PEBBLE_WFE_NONCEREJECT: '5', PEBBLE_VA_NOSLEEP: '1' }],
  ['refuses 20 % of good nonces', { PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_VA_NOSLEEP: '1' }],
  [
    'validates slowly and forgets authorizations',
    { PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_VA_SLEEPTIME: '3', PEBBLE_AUTHZREUSE: '0' },
  ],
] as const) {
  test(`a pebble that ${what}: one account, and every certificate that is ordered`, async () => {
    const directoryUrl = await startPebble(environment);
    const client = new AcmeClient({
      directoryUrl,
      accountKey: createAccountKey(),
      anchors: authority.ca,
      challenges: [http01],
    });
    try {
      const account = await client.account({ kid: 'kid-1', hmacKey });
      assert.match(account, /^https:/);
      const orders = Array.from({ length: 6 }, async (_, index) => {
        const names = [`a${index}.example.com`, `b${index}.example.com`];
        const identifiers = names.map((value) => ({ type: 'dns', value }) as const);
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const request = await createCertificateRequest({
          subject: '',
          signer: createKeySigner(privateKey),
          subjectAltName: identifiers,
        });
        const [leaf, ...chain] = Certificate.parseAll(await client.obtain({ identifiers, csr: request.der }));
        assert.ok(leaf !== undefined);
        assert.ok(leaf.subjectPublicKeyInfo.equals(request.subjectPublicKeyInfo));
        const named = leaf.subjectAltName?.map((name) => (name.type === 'dns' ? name.value : name.type));
        assert.deepEqual(named?.sort(), names);
        assert.ok(chain.length > 0);
        // This pebble knows no renewal information.
        assert.equal(await client.renewalInfo(leaf), undefined);
        return leaf.fingerprint256;
      });
      assert.equal(new Set(await Promise.all(orders)).size, 6);
      assert.equal(tokens.size, 0, 'answers to challenges are removed again');
    } finally {
      await client.close();
    }
  });
}

test('a pebble that does not see the answer refuses, and the answer is removed', async () => {
  const directoryUrl = await startPebble({ PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_VA_NOSLEEP: '1' });
  const wrong: ChallengeAnswers = { ...http01, add: async ({ token }) => void tokens.set(token, 'wrong') };
  const options = { directoryUrl, accountKey: createAccountKey(), anchors: authority.ca };
  const client = new AcmeClient({ ...options, challenges: [wrong] });
  const silent = new AcmeClient(options);
  try {
    await client.account({ kid: 'kid-1', hmacKey });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const identifiers = [{ type: 'dns', value: 'wrong.example.com' }] as const;
    const signer = createKeySigner(privateKey);
    const { der } = await createCertificateRequest({ subject: '', signer, subjectAltName: identifiers });
    await assert.rejects(client.obtain({ identifiers, csr: der }), {
      name: 'AcmeError',
      code: 'unauthorized',
    });
    assert.equal(tokens.size, 0);
    const asked = silent.obtain({ identifiers: [{ type: 'dns', value: 'other.example.com' }], csr: der });
    await assert.rejects(asked, { code: 'configuration_invalid', message: /other\.example\.com/ });
    const unbound = new AcmeClient({ ...options, accountKey: createAccountKey() });
    await assert.rejects(unbound.account(), { name: 'AcmeError', code: 'externalAccountRequired' });
    await unbound.close();
  } finally {
    await client.close();
    await silent.close();
  }
});
