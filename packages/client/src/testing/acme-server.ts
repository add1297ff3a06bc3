import { createHmac, createPublicKey, hash, randomUUID, timingSafeEqual, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type Certificate, CertificateRequest } from '@mortise/x509';
import { listen, stopListening } from '../../../../testing/listening.ts';
import type { TestAuthority } from './certificates.ts';

/** A request as it arrived, its signature and nonce verified. */
export interface SeenAcmeRequest {
  readonly path: string;
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: documents of a protocol, looked into by tests
  readonly payload: any;
}

export interface TestAnswerDraft {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An ACME server under whose only profile authorizations are born valid, as a client of Mortise meets it. Made with node:https alone. */
export interface TestAcmeServer {
  readonly directoryUrl: string;
  /** One-use keys that are not used yet: kid → base64url. */
  readonly externalKeys: Map<string, string>;
  readonly requests: SeenAcmeRequest[];
  readonly issued: Certificate[];
  /** Validity of what it issues. */
  validity: () => { notBefore: number; notAfter: number };
  /** Epoch milliseconds; undefined: 404. */
  window: ((certificate: Certificate) => { start: number; end: number; retryAfter?: string }) | undefined;
  /** May change an answer, after what was asked is done; resolves false to send none. */
  beforeAnswer: (
    request: { method: string; path: string },
    answer: TestAnswerDraft,
  ) => Promise<boolean> | boolean;
  /** Whether a good nonce is refused. */
  refusesNonce: () => boolean;
  onIssued: (certificate: Certificate) => void;
  count(path: string): number;
  stop(): Promise<void>;
}

interface Order {
  status: 'ready' | 'valid';
  identifiers: { type: string; value: string }[];
  certificate?: Certificate;
}

class Problem extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, status = 400) {
    super(type);
    this.type = type;
    this.status = status;
  }
}

export async function startTestAcmeServer(authority: TestAuthority): Promise<TestAcmeServer> {
  const { cert, key } = await authority.server();
  const server = createServer({ cert: cert + authority.ca, key });
  const base = `https://localhost:${await listen(server)}`;
  const nonces = new Set<string>();
  const accounts = new Map<string, JsonWebKey>();
  const orders = new Map<string, Order>();
  const replaced = new Set<string>();
  const test: TestAcmeServer = {
    directoryUrl: `${base}/directory`,
    externalKeys: new Map(),
    requests: [],
    issued: [],
    validity: () => ({ notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 }),
    window: undefined,
    beforeAnswer: () => true,
    refusesNonce: () => false,
    onIssued: () => undefined,
    count: (path) => test.requests.filter((one) => one.path.startsWith(path)).length,
    stop: () => stopListening(server),
  };

  const issueNonce = (): string => {
    const nonce = randomUUID();
    nonces.add(nonce);
    return nonce;
  };

  const orderDocument = (id: string) => {
    const { status, identifiers, certificate } = orders.get(id)!;
    return {
      status,
      identifiers,
      authorizations: [`${base}/authorization/${id}`],
      finalize: `${base}/finalize/${id}`,
      ...(certificate && { certificate: `${base}/certificate/${id}` }),
    };
  };

  const newAccount = (jwk: JsonWebKey, payload: SeenAcmeRequest['payload']) => {
    const id = thumbprintOf(jwk);
    const location = `${base}/account/${id}`;
    if (accounts.has(location)) return { status: 200, location, document: { status: 'valid' } };
    if (payload.onlyReturnExisting === true) throw new Problem('accountDoesNotExist');
    const binding = payload.externalAccountBinding;
    if (binding === undefined) throw new Problem('externalAccountRequired', 403);
    const { kid, url } = decode(binding.protected);
    const mac = createHmac('sha256', Buffer.from(test.externalKeys.get(kid) ?? '', 'base64url'));
    const expected = mac.update(`${binding.protected}.${binding.payload}`).digest();
    const signature = Buffer.from(binding.signature, 'base64url');
    const signed = signature.length === expected.length && timingSafeEqual(signature, expected);
    const bound = signed && thumbprintOf(decode(binding.payload)) === id && url === `${base}/new-account`;
    if (!bound || !test.externalKeys.delete(kid)) throw new Problem('unauthorized', 403);
    accounts.set(location, jwk);
    return { status: 201, location, document: { status: 'valid' } };
  };

  const finalize = async (id: string, csr: string) => {
    const order = orders.get(id)!;
    if (order.status !== 'ready') throw new Problem('orderNotReady', 403);
    const request = CertificateRequest.parse(Buffer.from(csr, 'base64url'));
    if (!request.verifySignature()) throw new Problem('badCSR');
    order.certificate = await authority.certify(request, test.validity());
    order.status = 'valid';
    test.issued.push(order.certificate);
    test.onIssued(order.certificate);
  };

  const act = async (path: string, jwk: JsonWebKey, payload: SeenAcmeRequest['payload']) => {
    const [, kind, id = ''] = path.split('/');
    switch (kind) {
      case 'new-account':
        return newAccount(jwk, payload);
      case 'new-order': {
        if (payload.replaces !== undefined) {
          if (replaced.has(payload.replaces)) throw new Problem('alreadyReplaced', 409);
          replaced.add(payload.replaces);
        }
        const made = randomUUID();
        orders.set(made, { status: 'ready', identifiers: payload.identifiers });
        return { status: 201, location: `${base}/order/${made}`, document: orderDocument(made) };
      }
      case 'order':
        return { document: orderDocument(id) };
      case 'finalize':
        await finalize(id, payload.csr);
        return { document: orderDocument(id) };
      case 'certificate':
        return { text: orders.get(id)!.certificate!.toPem() + authority.ca };
      default:
        throw new Problem('malformed', 404);
    }
  };

  const answer = async (request: IncomingMessage): Promise<TestAnswerDraft> => {
    const path = request.url!;
    if (path === '/directory') {
      const names = { newNonce: 'new-nonce', newAccount: 'new-account', newOrder: 'new-order' };
      const urls = Object.entries({ ...names, renewalInfo: 'renewal-info' });
      return json(200, Object.fromEntries(urls.map(([name, place]) => [name, `${base}/${place}`])));
    }
    if (path === '/new-nonce') return { status: 200, headers: { 'replay-nonce': issueNonce() }, body: '' };
    if (path.startsWith('/renewal-info/')) {
      test.requests.push({ path, method: 'GET', payload: undefined });
      const serial = path.split('.').at(-1);
      const found = test.issued.find((one) => one.serialBytes.toString('base64url') === serial);
      if (test.window === undefined || found === undefined) return json(404, { type: 'about:blank' });
      const { start, end, retryAfter } = test.window(found);
      const suggestedWindow = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
      return json(200, { suggestedWindow }, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    }
    const jws = JSON.parse(await bodyOf(request));
    const header = decode(jws.protected);
    if (header.url !== base + path) throw new Problem('unauthorized', 403);
    const jwk: JsonWebKey | undefined = header.jwk ?? accounts.get(header.kid);
    if (jwk === undefined) throw new Problem('accountDoesNotExist');
    const signed = verify(
      'sha256',
      Buffer.from(`${jws.protected}.${jws.payload}`),
      { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(jws.signature, 'base64url'),
    );
    if (!signed) throw new Problem('malformed');
    if (!nonces.delete(header.nonce) || test.refusesNonce()) throw new Problem('badNonce');
    const payload = jws.payload === '' ? undefined : decode(jws.payload);
    test.requests.push({ path, method: 'POST', payload });
    const reply: { status?: number; location?: string; document?: object; text?: string } = await act(
      path,
      jwk,
      payload,
    );
    const headers = {
      'replay-nonce': issueNonce(),
      ...(reply.location !== undefined && { location: reply.location }),
    };
    if (reply.text !== undefined) return { status: 200, headers, body: reply.text };
    return json(reply.status ?? 200, reply.document ?? {}, headers);
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const draft = await answer(request).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      const type = `urn:ietf:params:acme:error:${error.type}`;
      return json(error.status, { type, detail: error.type }, { 'replay-nonce': issueNonce() });
    });
    const sent = await test.beforeAnswer({ method: request.method!, path: request.url! }, draft);
    if (!sent) response.destroy();
    else response.writeHead(draft.status, draft.headers).end(draft.body);
  };
  server.on('request', (request, response) => {
    respond(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  return test;
}

function json(status: number, document: object, headers: Record<string, string> = {}): TestAnswerDraft {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(document),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: what a request holds
function decode(text: string): any {
  return JSON.parse(Buffer.from(text, 'base64url').toString());
}

function thumbprintOf({ crv, kty, x, y }: JsonWebKey): string {
  return hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

type JsonWebKey = import('node:crypto').JsonWebKey;
