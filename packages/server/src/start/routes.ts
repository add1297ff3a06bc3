import type { Authority } from '../authority/index.ts';
import type { AuthorizationServer } from '../authorization/index.ts';
import {
  acmeEndpoint,
  type Counter,
  caCertificates,
  crlEndpoint,
  type Gauge,
  type Handler,
  health,
  metadataPaths,
  metrics,
  type NodeEndpointsOptions,
  nodeFeedEndpoint,
  nodeReportsEndpoint,
  oauthEndpoint,
  ocspEndpoint,
  publicDocument,
  type RequestCounts,
  type Route,
  readiness,
  type TrustEndpointsOptions,
  trustBundleEndpoint,
  trustReportsEndpoint,
} from '../http/index.ts';
import type { Publishing } from '../revocation/index.ts';
import type { SigningKeys } from '../tokens/index.ts';
import type { Enrolment } from './acme.ts';
import type { OuterNames } from './outer-names.ts';

export interface RouteParts {
  readonly names: OuterNames;
  readonly authorizationServer: AuthorizationServer;
  readonly signingKeys: SigningKeys;
  readonly authority: Authority;
  readonly publishing: Publishing;
  readonly nodes: NodeEndpointsOptions;
  readonly trust: TrustEndpointsOptions;
  readonly clock: () => number;
  readonly admin: Handler;
  readonly enrolment: Pick<Enrolment, 'handle'>;
  readonly notReady: () => string | undefined;
  readonly counts: RequestCounts;
  readonly gauges: readonly Gauge[];
  readonly counters: readonly Counter[];
  readonly bodyLimitBytes: number;
}

const everywhere = ['public', 'mtls', 'pki', 'metrics'] as const;
const secure = ['public', 'mtls'] as const;
const jwksMaxAgeSeconds = 300;
const metadataMaxAgeSeconds = 300;

/** Everything this server answers to, by listener. Paths lie below those of the outer URLs. */
export function routeTable(parts: RouteParts): Route[] {
  const { names, authorizationServer, signingKeys, authority, nodes, bodyLimitBytes } = parts;
  const { publishing, clock } = parts;
  const onPublic = basePath(names.issuer);
  const onMtls = basePath(names.mtlsUrl);
  const onPki = basePath(names.pkiUrl);
  const jwks = publicDocument(() => signingKeys.jwks(), jwksMaxAgeSeconds);
  const metadata = publicDocument(() => authorizationServer.metadata(), metadataMaxAgeSeconds);
  const ca = caCertificates(`${onPki}/ca/`, (id) => authority.certificate(id)?.der);
  const ocsp = ocspEndpoint({
    path: `${onPki}/ocsp`,
    answer: (request) => publishing.ocsp.answer(request),
    clock,
  });
  const oauth = [
    ['token', oauthEndpoint((request) => authorizationServer.token(request), bodyLimitBytes)],
    ['introspect', oauthEndpoint((request) => authorizationServer.introspect(request), bodyLimitBytes)],
    ['revoke', oauthEndpoint((request) => authorizationServer.revoke(request), bodyLimitBytes)],
  ] as const;
  const metadataAt = metadataPaths(names.issuer);
  // Whoever knows the mtls URL alone finds the issuer there; on public such a path would be another issuer's (RFC 8414 §3.3).
  const alsoOnMtls = metadataPaths(names.mtlsUrl).filter((path) => !metadataAt.includes(path));
  return [
    { listeners: everywhere, method: 'GET', path: '/healthz', handle: health },
    { listeners: everywhere, method: 'GET', path: '/readyz', handle: readiness(parts.notReady) },
    ...oauth.flatMap(([name, handle]): Route[] => [
      { listeners: ['public'], method: 'any', path: `${onPublic}/oauth2/${name}`, handle },
      { listeners: ['mtls'], method: 'any', path: `${onMtls}/oauth2/${name}`, handle },
    ]),
    { listeners: ['public'], method: 'GET', path: `${onPublic}/oauth2/jwks`, handle: jwks },
    { listeners: ['mtls'], method: 'GET', path: `${onMtls}/oauth2/jwks`, handle: jwks },
    ...metadataAt.map((path): Route => ({ listeners: secure, method: 'GET', path, handle: metadata })),
    ...alsoOnMtls.map((path): Route => ({ listeners: ['mtls'], method: 'GET', path, handle: metadata })),
    {
      listeners: ['public'],
      method: 'any',
      path: `${onPublic}/acme/*`,
      handle: acmeEndpoint((request) => parts.enrolment.handle(request), `${onPublic}/acme/`, bodyLimitBytes),
    },
    { listeners: ['mtls'], method: 'any', path: `${onMtls}/admin/v1/*`, handle: parts.admin },
    {
      listeners: ['mtls'],
      method: 'any',
      path: `/.well-known/oauth-protected-resource${onMtls}/admin/v1`,
      handle: parts.admin,
    },
    { listeners: ['mtls'], method: 'GET', path: `${onMtls}/nodes/v1/feed`, handle: nodeFeedEndpoint(nodes) },
    {
      listeners: ['mtls'],
      method: 'POST',
      path: `${onMtls}/nodes/v1/reports`,
      handle: nodeReportsEndpoint(nodes),
    },
    ...(['json', 'pem'] as const).flatMap((format): Route[] => {
      const handle = trustBundleEndpoint(parts.trust, format);
      const name = format === 'json' ? 'bundle' : 'bundle.pem';
      return [
        { listeners: ['public'], method: 'GET', path: `${onPublic}/trust/v1/${name}`, handle },
        { listeners: ['mtls'], method: 'GET', path: `${onMtls}/trust/v1/${name}`, handle },
      ];
    }),
    {
      listeners: ['mtls'],
      method: 'POST',
      path: `${onMtls}/trust/v1/reports`,
      handle: trustReportsEndpoint(parts.trust),
    },
    { listeners: ['pki'], method: 'GET', path: `${onPki}/ca/*`, handle: ca },
    {
      listeners: ['pki'],
      method: 'GET',
      path: `${onPki}/crl/*`,
      handle: crlEndpoint({ prefix: `${onPki}/crl/`, find: (scope) => publishing.crls.find(scope), clock }),
    },
    { listeners: ['pki'], method: 'any', path: `${onPki}/ocsp`, handle: ocsp },
    { listeners: ['pki'], method: 'any', path: `${onPki}/ocsp/*`, handle: ocsp },
    {
      listeners: ['metrics'],
      method: 'GET',
      path: '/metrics',
      handle: metrics(parts.counts, parts.gauges, parts.counters),
    },
  ];
}

/** The path of an outer URL; `''` for none. */
export function basePath(url: string): string {
  const { pathname } = new URL(url);
  return pathname === '/' ? '' : pathname;
}
