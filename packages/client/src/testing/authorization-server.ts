import { createHmac, hash, type JsonWebKey, randomUUID, verify } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { listen, stopListening } from '../../../../testing/listening.ts';
import type { TestAuthority } from './certificates.ts';

/** A token request as it arrived. */
export interface SeenTokenRequest {
  readonly listener: 'public' | 'mtls';
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
  /** `x5t#S256` of the connection's certificate. */
  readonly thumbprint: string | undefined;
}

/** What one registered client proves itself with; what is left out, it cannot. */
export interface TestClient {
  readonly clientId: string;
  readonly secret?: string;
  /** For `private_key_jwt`. */
  readonly publicJwk?: JsonWebKey;
  /** For the TLS methods. */
  thumbprints?: string[];
}

/** An authorization server with a public and an mTLS listener, as a client meets it. Made with node:https and node:crypto alone. */
export interface TestAuthorizationServer {
  readonly issuer: string;
  readonly mtlsUrl: string;
  readonly client: TestClient;
  readonly tokenRequests: SeenTokenRequest[];
  /** Requests for metadata. */
  discoveries: number;
  lifetimeSeconds: number;
  /** Answers instead of the usual ones, by path. */
  readonly answers: Map<string, (response: ServerResponse) => void>;
  /** Called before a token request is answered. */
  beforeToken: () => Promise<void>;
  /** Access token → the thumbprint it is bound to, or undefined for a bearer token. Deleted means revoked. */
  readonly tokens: Map<string, string | undefined>;
  stop(): Promise<void>;
}

export async function startTestAuthorizationServer(
  authority: TestAuthority,
  client: TestClient,
  serverOptions: ServerOptions = {},
): Promise<TestAuthorizationServer> {
  const { cert, key } = await authority.server();
  const options = { cert, key, ...serverOptions };
  const publicServer = createServer(options);
  const mtlsServer = createServer({ ...options, requestCert: true, rejectUnauthorized: false });
  const issuer = `https://localhost:${await listen(publicServer)}`;
  const mtlsUrl = `https://localhost:${await listen(mtlsServer)}`;
  const test: TestAuthorizationServer = {
    issuer,
    mtlsUrl,
    client,
    tokenRequests: [],
    discoveries: 0,
    lifetimeSeconds: 300,
    answers: new Map(),
    beforeToken: async () => undefined,
    tokens: new Map(),
    async stop() {
      await Promise.all([stopListening(publicServer), stopListening(mtlsServer)]);
    },
  };
  serve(publicServer, 'public', test);
  serve(mtlsServer, 'mtls', test);
  return test;
}

function serve(server: Server, listener: 'public' | 'mtls', test: TestAuthorizationServer): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const answer = test.answers.get(request.url ?? '');
    if (answer !== undefined) return answer(response);
    switch (request.url) {
      case '/.well-known/oauth-authorization-server':
        test.discoveries += 1;
        sendJson(response, 200, {
          issuer: test.issuer,
          token_endpoint: `${test.issuer}/oauth2/token`,
          mtls_endpoint_aliases: { token_endpoint: `${test.mtlsUrl}/oauth2/token` },
        });
        return;
      case '/oauth2/token':
        answerToken(request, response, listener, test).catch((error: unknown) => {
          response.destroy(error as Error);
        });
        return;
      default:
        response.writeHead(404).end();
    }
  });
}

async function answerToken(
  request: IncomingMessage,
  response: ServerResponse,
  listener: 'public' | 'mtls',
  test: TestAuthorizationServer,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const thumbprint = thumbprintOf(request);
  const seen = { listener, headers: request.headers, form, thumbprint };
  test.tokenRequests.push(seen);
  await test.beforeToken();
  if (form.get('grant_type') !== 'client_credentials')
    return sendJson(response, 400, { error: 'unsupported_grant_type' });
  if (!isProven(seen, test)) {
    return sendJson(response, 401, { error: 'invalid_client', error_description: 'not proven' });
  }
  if (form.get('scope') === 'forbidden') return sendJson(response, 400, { error: 'invalid_scope' });
  const token = randomUUID();
  test.tokens.set(token, thumbprint);
  sendJson(response, 200, {
    access_token: token,
    token_type: 'Bearer',
    expires_in: test.lifetimeSeconds,
    scope: form.get('scope') ?? 'default',
  });
}

function isProven(
  { headers, form, thumbprint }: SeenTokenRequest,
  { client, issuer }: TestAuthorizationServer,
): boolean {
  const { clientId, secret, publicJwk, thumbprints } = client;
  if (headers.authorization !== undefined) {
    const [id, password] = Buffer.from(headers.authorization.slice(6), 'base64')
      .toString()
      .split(':')
      .map(formDecode);
    return id === clientId && password === secret;
  }
  const assertion = form.get('client_assertion');
  if (assertion !== null) return isAssertion(assertion, { clientId, secret, publicJwk, issuer });
  if (form.get('client_id') !== clientId) return false;
  if (form.has('client_secret')) return form.get('client_secret') === secret;
  return thumbprint !== undefined && thumbprints?.includes(thumbprint) === true;
}

function isAssertion(
  assertion: string,
  expected: {
    clientId: string;
    secret: string | undefined;
    publicJwk: JsonWebKey | undefined;
    issuer: string;
  },
): boolean {
  const [header, payload, signature] = assertion.split('.') as [string, string, string];
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string };
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const { clientId, secret, publicJwk, issuer } = expected;
  if (claims['iss'] !== clientId || claims['sub'] !== clientId || claims['aud'] !== issuer) return false;
  const input = Buffer.from(`${header}.${payload}`);
  const bytes = Buffer.from(signature, 'base64url');
  if (alg === 'HS256')
    return secret !== undefined && createHmac('sha256', secret).update(input).digest().equals(bytes);
  if (publicJwk === undefined) return false;
  const key = { key: publicJwk, format: 'jwk', dsaEncoding: 'ieee-p1363' } as Parameters<typeof verify>[2];
  const digests: Record<string, string | null> = {
    ES256: 'sha256',
    ES384: 'sha384',
    EdDSA: null,
    RS256: 'sha256',
  };
  return verify(digests[alg] ?? null, input, key, bytes);
}

/** `x5t#S256` of the certificate that a request's connection presents. */
export function thumbprintOf(request: IncomingMessage): string | undefined {
  const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
  return certificate && hash('sha256', certificate.raw, 'base64url');
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
