import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import { after, before, test } from 'node:test';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { createTestAuthority, type TestAuthority } from '../testing/certificates.ts';
import { type CertificateInput, TrustedConnections } from './trusted-connections.ts';

let authority: TestAuthority;
let stranger: TestAuthority;
let server: Server;
let url: string;
before(async () => {
  authority = await createTestAuthority();
  stranger = await createTestAuthority('Stranger');
  const { cert, key } = await authority.server();
  server = createServer({ cert, key }, (_request, response) => response.end('in'));
  url = `https://localhost:${await listen(server)}/`;
});
after(() => stopListening(server));

async function ask(anchors: CertificateInput | undefined): Promise<string> {
  const connections = new TrustedConnections({ anchors });
  try {
    const response = await connections.request(url, {});
    return await response.body.text();
  } finally {
    await connections.close();
  }
}

function der(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}

test('anchors are taken as PEM, as bytes of PEM, as DER, and in lists', async () => {
  const { ca } = authority;
  for (const anchors of [ca, Buffer.from(ca), der(ca), [stranger.ca, der(ca)], `${stranger.ca}\n${ca}`]) {
    assert.equal(await ask(anchors), 'in');
  }
});

test('a server of another authority is not trusted, nor is any where none is named', async () => {
  await assert.rejects(ask(stranger.ca));
  await assert.rejects(ask([]));
  await assert.rejects(ask(undefined));
});

test('a resource server that has its keys and its denylist at hand does not load undici', () => {
  const entry = new URL('../index.ts', import.meta.url).href;
  const program = `
    import { createRequire, registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { createResourceServer, Denylist } = await import(${JSON.stringify(entry)});
    const guard = createResourceServer({ issuer: 'https://a.example', resource: 'https://b.example', jwks: () => ({ keys: [] }), revocation: { denylist: new Denylist() } });
    await guard.verify({ method: 'GET', url: '/', authorization: ['Bearer a.b.c'] });
    process.stdout.write(String(loaded.some((url) => url.includes('/undici/'))));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.equal(stdout, 'false');
});
