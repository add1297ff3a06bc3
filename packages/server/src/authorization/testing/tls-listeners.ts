import type { Server } from 'node:https';
import {
  createRouter,
  createSecureListener,
  type ListenerLimits,
  LiveConnections,
  listen,
  oauthEndpoint,
  PresentedCertificates,
  RequestCounts,
  type Route,
  useCertificate,
} from '../../http/index.ts';
import type { AuthorizationFixture, IssuedToClient } from './authorization-fixture.ts';

const limits: ListenerLimits = {
  headerLimitBytes: 16_384,
  headersTimeoutSeconds: 10,
  requestTimeoutSeconds: 10,
  keepAliveTimeoutSeconds: 10,
  handshakeTimeoutSeconds: 10,
  connectionsLimit: 100,
  connectionsPerAddressLimit: 100,
};

/** The OAuth endpoints on real listeners of loopback. */
export interface TlsListeners {
  /** `https://localhost:<port>` of the listener that asks for no certificate. */
  readonly publicUrl: string;
  readonly mtlsUrl: string;
  /** PEM of what their certificate leads to. */
  readonly ca: string;
  close(): Promise<void>;
}

export async function tlsListeners(fixture: AuthorizationFixture): Promise<TlsListeners> {
  const { server, authority } = fixture;
  const routes: Route[] = (
    [
      ['/oauth2/token', (request) => server.token(request)],
      ['/oauth2/introspect', (request) => server.introspect(request)],
      ['/oauth2/revoke', (request) => server.revoke(request)],
    ] satisfies [string, Parameters<typeof oauthEndpoint>[0]][]
  ).map(([path, endpoint]) => ({
    listeners: ['public', 'mtls'],
    method: 'any',
    path,
    handle: oauthEndpoint(endpoint, 65_536),
  }));
  const { certificate, chain, keyPem } = await authority.issue({
    profile: 'server',
    names: ['localhost'],
    actor: 'system',
  });
  const certificates = new PresentedCertificates();
  const servers: Server[] = [];
  const open = async (listener: 'public' | 'mtls') => {
    const secure = createSecureListener({
      limits,
      onRequest: createRouter({
        listener,
        routes,
        certificateOf: (socket) => certificates.of(socket),
        counts: new RequestCounts(),
        headers: {},
        log: {
          error: ({ err }: { err?: unknown }) => {
            throw err;
          },
        },
      }),
      ...(listener === 'mtls'
        ? { clientCertificates: { certificates, connections: new LiveConnections() } }
        : {}),
    });
    useCertificate(secure, {
      certificateChainPem: [certificate, ...chain].map((one) => one.toPem()).join(''),
      privateKeyPem: keyPem!,
    });
    servers.push(secure);
    const { port } = await listen(secure, listener, { host: '127.0.0.1', port: 0 });
    return `https://localhost:${port}`;
  };
  return {
    publicUrl: await open('public'),
    mtlsUrl: await open('mtls'),
    ca: authority.roots()[0]!.toPem(),
    async close() {
      for (const secure of servers) {
        secure.closeAllConnections();
        await new Promise((resolve) => secure.close(resolve));
      }
    },
  };
}

/** What a client presents, as TLS options take it. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** `chain`: PEM of what is sent behind the certificate. */
export function identityOf(
  { certificate, keyPem }: Pick<IssuedToClient, 'certificate' | 'keyPem'>,
  chain = '',
): Identity {
  return { cert: certificate.toPem() + chain, key: keyPem };
}
