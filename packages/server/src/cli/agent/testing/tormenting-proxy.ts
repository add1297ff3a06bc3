import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { createCertificate, createKeySigner } from '@mortise/x509';

export type Torment =
  | 'nonce refused'
  | 'request lost'
  | 'answer lost'
  | 'answer 503'
  | 'reordered'
  | 'held back';

export interface TormentingProxy {
  readonly port: number;
  /** How often each was done. */
  readonly done: Map<Torment, number>;
  /** PEM of the certificate that it presents, for localhost, signed by itself. */
  readonly ca: string;
  /** Where it leads. */
  lead(target: { readonly url: string; readonly ca: string }): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** A proxy before an ACME server that loses, delays, reorders and refuses; the same way again for the same seed. */
export async function startTormentingProxy(seed: number): Promise<TormentingProxy> {
  const random = randomFrom(seed);
  const done = new Map<Torment, number>();
  const shares = new Map<Torment, number>();
  /** To that share of all, wherever the seed begins: with a throw of dice each time, the rare ones would sometimes hardly come. */
  const happens = (torment: Torment, share: number): boolean => {
    const before = shares.get(torment) ?? random();
    shares.set(torment, before + share);
    if (Math.floor(before + share) === Math.floor(before)) return false;
    done.set(torment, (done.get(torment) ?? 0) + 1);
    return true;
  };
  let target: { readonly url: string; readonly ca: string } | undefined;
  const held: (() => void)[] = [];
  let underWay = 0;

  const forward = async (
    method: string,
    path: string,
    headers: IncomingMessage['headers'],
    body?: Buffer,
  ): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { host: _own, connection: _hop, 'transfer-encoding': _coding, ...passed } = headers;
    const outgoing = request(
      target!.url + path,
      { method, ca: target!.ca, servername: 'localhost', headers: passed, agent: false },
      (incoming) => {
        buffer(incoming).then(
          (read) => resolve({ status: incoming.statusCode!, headers: incoming.headers, body: read }),
          reject,
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
    return promise;
  };

  const refuseNonce = async (path: string): Promise<Answer> => {
    const base = /^\/acme\/[^/]+/.exec(path)![0];
    const fresh = await forward('HEAD', `${base}/new-nonce`, {});
    const problem = { type: 'urn:ietf:params:acme:error:badNonce', detail: 'tormented', status: 400 };
    return {
      status: 400,
      headers: { 'content-type': 'application/problem+json', 'replay-nonce': fresh.headers['replay-nonce'] },
      body: Buffer.from(JSON.stringify(problem)),
    };
  };

  /** Until another answer has gone, if there is one that could. */
  const holdBack = async (): Promise<void> => {
    if (underWay <= held.length + 1) return;
    await new Promise<void>((resume) => held.push(resume));
  };

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const body = method === 'POST' ? await buffer(incoming) : undefined;
    if (!path.startsWith('/acme/')) {
      const given = await forward(method, path, headers, body);
      return void response.writeHead(given.status).end(given.body);
    }
    if (happens('request lost', 0.06)) return void response.destroy();
    const refused = method === 'POST' && happens('nonce refused', 0.15);
    const given = refused ? await refuseNonce(path) : await forward(method, path, headers, body);
    if (happens('held back', 0.25)) await holdBack();
    if (happens('answer lost', 0.06)) return void response.destroy();
    if (happens('answer 503', 0.04)) return void response.writeHead(503, { 'retry-after': '1' }).end('{}');
    const isJson = String(given.headers['content-type']).includes('json') && given.body.length > 0;
    const sent =
      isJson && happens('reordered', 0.5) ? Buffer.from(reorder(given.body.toString(), random)) : given.body;
    const {
      'content-length': _length,
      'transfer-encoding': _coding,
      connection: _hop,
      ...passed
    } = given.headers;
    response.writeHead(given.status, passed);
    response.end(sent);
  };

  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = await createCertificate(
    {
      subject: 'CN=Torment',
      issuer: 'CN=Torment',
      notBefore: Date.now() - 3_600_000,
      notAfter: Date.now() + 3_600_000,
      publicKey,
      subjectAltName: [{ type: 'dns', value: 'localhost' }],
    },
    createKeySigner(key),
  );
  const own = { key: key.export({ type: 'pkcs8', format: 'pem' }), cert: certificate.toPem() };
  const respond = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    underWay += 1;
    try {
      await answer(incoming, response);
    } catch (error) {
      response.destroy(error as Error);
    } finally {
      underWay -= 1;
      await setImmediate();
      for (const resume of held.splice(0)) resume();
    }
  };
  const server = createServer(own, (incoming, response) => void respond(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    done,
    ca: own.cert,
    lead: (to) => {
      target = to;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Another order of members and of items: neither means anything in ACME. */
function reorder(text: string, random: () => number): string {
  const shuffle = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item) => ({ item, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  const mix = (value: unknown): unknown => {
    if (Array.isArray(value)) return shuffle(value).map(mix);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(shuffle(Object.entries(value)).map(([name, each]) => [name, mix(each)]));
  };
  return JSON.stringify(mix(JSON.parse(text)));
}

/** A linear congruential generator (Numerical Recipes); from 0 up to 1. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
