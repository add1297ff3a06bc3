import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createCertificate, createKeySigner } from '@mortise/x509';
import { claimPort } from '../../../../testing/claim-port.ts';
import { FetchError, type FetchErrorCode } from './fetch-error.ts';
import { Fetcher, type FetcherOptions } from './fetcher.ts';
import type { Lookup } from './guarded-connector.ts';

const loopback = { admittedNetworks: ['127.0.0.0/8'], admitHttp: true };

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  if (path === '/document') response.end('{"keys":[]}');
  else if (path === '/large') response.end(Buffer.alloc(70_000, ' '));
  else if (path === '/endless') {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384, ' ')));
      response.once('drain', more);
    };
    more();
  } else if (path === '/silent') response.writeHead(200).flushHeaders();
  else if (path === '/compressed')
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}'));
  else if (path === '/text') response.end('secret text');
  else if (path === '/binary') response.end(Buffer.from([0x22, 0xff, 0x22]));
  else if (path === '/nowhere') response.writeHead(302).end();
  else if (path.startsWith('/to/'))
    response.writeHead(302, { location: decodeURIComponent(path.slice(4)) }).end();
  else response.writeHead(404).end('not here');
}

describe('the fetcher', () => {
  let server: Server;
  let base: string;
  let requests = 0;

  before(async () => {
    server = createServer((request, response) => {
      requests += 1;
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    (server as import('node:http').Server).closeAllConnections();
    server.close();
  });

  const withFetcher = async (options: FetcherOptions, use: (fetcher: Fetcher) => Promise<void>) => {
    const fetcher = new Fetcher(options);
    try {
      await use(fetcher);
    } finally {
      await fetcher.close();
    }
  };
  const failsWith = (code: FetchErrorCode, url: string, options: FetcherOptions = loopback) =>
    withFetcher(options, async (fetcher) => {
      await assert.rejects(fetcher.fetchJson(url), (error: unknown) => {
        assert.ok(error instanceof FetchError, String(error));
        assert.equal(error.code, code, error.message);
        return true;
      });
    });

  test('fetches a JSON document', async () => {
    await withFetcher(loopback, async (fetcher) => {
      assert.deepEqual(await fetcher.fetchJson(`${base}/document`), { keys: [] });
      assert.deepEqual(
        await fetcher.fetchJson(`${base}/to/%2Fto%2F%252Fdocument`),
        { keys: [] },
        'over redirects',
      );
    });
  });

  test('does not reach loopback or private networks unless they are configured, and sends them nothing', async () => {
    const earlier = requests;
    const { port } = server.address() as AddressInfo;
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '[::ffff:127.0.0.1]',
      '[::1]',
      'localhost',
    ]) {
      await failsWith('address_refused', `http://${host}:${port}/document`, { admitHttp: true });
    }
    await failsWith('address_refused', `http://127.0.0.1:${port}/document`, {
      admitHttp: true,
      admittedNetworks: ['10.0.0.0/8'],
    });
    assert.equal(requests, earlier);
  });

  test('judges a name by its addresses, and takes the admitted ones', async () => {
    const { port } = server.address() as AddressInfo;
    const resolvingTo =
      (...addresses: string[]): Lookup =>
      (_hostname, _options, callback) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
    const url = `http://keys.example:${port}/document`;
    await failsWith('address_refused', url, { ...loopback, lookup: resolvingTo('10.0.0.1', 'fd00::1') });
    await withFetcher({ ...loopback, lookup: resolvingTo('10.0.0.1', '127.0.0.1') }, async (fetcher) => {
      assert.deepEqual(await fetcher.fetchJson(url), { keys: [] });
    });
  });

  test('judges each redirect like the first URL', async () => {
    const to = (url: string) => `${base}/to/${encodeURIComponent(url)}`;
    await failsWith('address_refused', to('http://10.0.0.1/'));
    await failsWith('scheme_refused', to('file:///etc/passwd'));
    await failsWith('redirect_invalid', to('http://user:password@127.0.0.1/'));
    await failsWith('redirect_invalid', `${base}/nowhere`);
    let url = `${base}/document`;
    for (let redirects = 0; redirects < 4; redirects++) url = to(url);
    await failsWith('too_many_redirects', url);
  });

  test('takes https only, unless http is configured; and no credentials in URLs', async () => {
    await failsWith('scheme_refused', `${base}/document`, { admittedNetworks: ['127.0.0.0/8'] });
    await failsWith('scheme_refused', 'ftp://127.0.0.1/');
    await failsWith('url_invalid', 'no url');
    await failsWith('url_invalid', 'https://user@127.0.0.1/');
  });

  test('stops at its limits of size and time', async () => {
    await failsWith('too_large', `${base}/large`);
    await failsWith('too_large', `${base}/endless`);
    await failsWith('timeout', `${base}/silent`, { ...loopback, timeoutMs: 50 });
  });

  test('refuses what is not 200, compressed, or not JSON, and quotes nothing of it', async () => {
    await failsWith('status_unexpected', `${base}/missing`);
    await failsWith('encoding_unsupported', `${base}/compressed`);
    await failsWith('json_invalid', `${base}/binary`);
    await withFetcher(loopback, async (fetcher) => {
      await assert.rejects(fetcher.fetchJson(`${base}/text`), (error: Error) => {
        assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /secret/);
        return true;
      });
    });
  });

  test('fails with a code where nobody listens', async () => {
    await failsWith('connect_failed', `http://127.0.0.1:${await claimPort()}/`);
  });

  test('validates the certificate of the server, and never goes from https to http', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const now = Date.now();
    const certificate = await createCertificate(
      {
        subject: 'CN=keys.example',
        issuer: 'CN=keys.example',
        notBefore: now - 3_600_000,
        notAfter: now + 3_600_000,
        publicKey,
        subjectAltName: [{ type: 'ip', value: '127.0.0.1' }],
      },
      createKeySigner(privateKey),
    );
    const pem = certificate.toPem();
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' });
    const secure = createSecureServer({ key, cert: pem }, answer).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const origin = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
    try {
      await failsWith('connect_failed', `${origin}/document`);
      await withFetcher({ ...loopback, ca: [pem] }, async (fetcher) => {
        assert.deepEqual(await fetcher.fetchJson(`${origin}/document`), { keys: [] });
      });
      await failsWith('scheme_refused', `${origin}/to/${encodeURIComponent(`${base}/document`)}`, {
        ...loopback,
        ca: [pem],
      });
    } finally {
      secure.closeAllConnections();
      secure.close();
    }
  });
});
