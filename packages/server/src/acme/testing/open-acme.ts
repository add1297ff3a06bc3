import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { after } from 'node:test';
import { createCertificateRequest, createKeySigner } from '@mortise/x509';
import { startTestServer, type TestServer } from '../../start/testing/running-server.ts';
import { AcmeClient } from './acme-client.ts';

export interface AcmeHouse {
  readonly server: TestServer;
  /** What `http-01` finds, by token. */
  readonly answers: Map<string, string>;
  /** A client with an account, of the profile `server` unless another is given. */
  client(options?: {
    profile?: string;
    key?: KeyObject;
    algorithm?: string;
    account?: object | false;
  }): Promise<AcmeClient>;
}

/** A whole server whose validations may connect to loopback, and a web server that answers them; both end after the tests. */
export async function openAcme(flags: Readonly<Record<string, unknown>> = {}): Promise<AcmeHouse> {
  const answers = new Map<string, string>();
  const web = createServer((request, response) => {
    const token = /^\/\.well-known\/acme-challenge\/(.*)$/.exec(request.url ?? '')?.[1] ?? '';
    const answer = answers.get(token);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(answer);
  });
  const acmeHttpPort = await listening(web);
  const server = await startTestServer({
    flags: { acmeNetworks: ['127.0.0.0/8', '::1'], acmeHttpPort, acmeRetryDelayMs: 1, ...flags },
  });
  after(async () => {
    web.closeAllConnections();
    web.close();
    await server.discard();
  });
  return {
    server,
    answers,
    async client({ profile = 'server', account = {}, ...options } = {}) {
      const directoryUrl = `${server.issuer}/acme/${profile}/directory`;
      const client = await new AcmeClient({ ...options, directoryUrl, ca: server.ca }).open();
      if (account !== false) await client.register(account);
      return client;
    },
  };
}

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.once('listening', resolve);
    server.listen(0, '127.0.0.1');
  });
  return (server.address() as AddressInfo).port;
}

/** A request for names, in base64url. */
export async function csrFor(
  names: readonly string[],
  privateKey: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
): Promise<string> {
  const request = await createCertificateRequest({
    subject: '',
    signer: createKeySigner(privateKey),
    subjectAltName: names.map((value) =>
      /^[\d.]+$|:/.test(value) ? { type: 'ip', value } : { type: 'dns', value },
    ),
  });
  return request.der.toString('base64url');
}
