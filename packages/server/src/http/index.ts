export { acmeEndpoint } from './acme-endpoint.ts';
export { answer, answerJson } from './answer.ts';
export { caCertificates } from './ca-certificates.ts';
export { crlEndpoint } from './crl-endpoint.ts';
export { metadataPaths, publicDocument } from './documents.ts';
export { drain } from './drain.ts';
export type { Exchange, Handler, ListenerName } from './exchange.ts';
export { health, readiness } from './health.ts';
export { ListenError, listen } from './listen.ts';
export type { ListenerLimits } from './listener-limits.ts';
export { LiveConnections } from './live-connections.ts';
export { type Counter, type Gauge, metrics } from './metrics.ts';
export { type NodeEndpointsOptions, nodeFeedEndpoint, nodeReportsEndpoint } from './node-endpoints.ts';
export { oauthEndpoint } from './oauth-endpoint.ts';
export { ocspEndpoint } from './ocsp-endpoint.ts';
export { createPlainListener } from './plain-listener.ts';
export { PresentedCertificates, withChainRead } from './presented-certificate.ts';
export { answerProblem, type Problem, problemContentType } from './problem.ts';
export { readBody } from './request-body.ts';
export { RequestCounts } from './request-counts.ts';
export { createRouter, type Route } from './router.ts';
export { createSecureListener, type ServerCertificate, useCertificate } from './secure-listener.ts';
export {
  type TrustEndpointsOptions,
  trustBundleEndpoint,
  trustReportsEndpoint,
} from './trust-endpoints.ts';
