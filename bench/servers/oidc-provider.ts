/** The peer: node-oidc-provider, in memory, configured for the same work: bound RFC 9068 tokens signed by ES256, over the same TLS. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Provider } from 'oidc-provider';

export interface PeerOrder {
  key: string;
  certificate: string;
  ca: string;
  requestCertificate: boolean;
  resource: string;
  scope: string;
  /** RFC 7591 metadata of the one client. */
  client: Record<string, unknown>;
}

const order = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as PeerOrder;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const socketOf = (context: { req: { socket: unknown } }): TLSSocket => context.req.socket as TLSSocket;

const provider = new Provider('https://localhost', {
  clients: [
    {
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256',
      scope: order.scope,
      ...order.client,
    },
  ],
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt', 'tls_client_auth'],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
  scopes: [order.scope],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      tlsClientAuth: true,
      getCertificate: (context: never) => socketOf(context).getPeerX509Certificate(),
      certificateAuthorized: (context: never) => socketOf(context).authorized,
      certificateSubjectMatches: (context: never, property: string, expected: string) =>
        property === 'tls_client_auth_san_uri' &&
        (socketOf(context).getPeerX509Certificate()?.subjectAltName ?? '').includes(`URI:${expected}`),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => order.resource,
      getResourceServerInfo: () => ({
        scope: order.scope,
        audience: order.resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
provider.on('server_error', (_context: unknown, error: Error) => process.stderr.write(`${error.stack}\n`));

const server = https.createServer(
  {
    key: order.key,
    cert: order.certificate,
    ca: order.ca,
    requestCert: order.requestCertificate,
    rejectUnauthorized: false,
  },
  provider.callback(),
);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
