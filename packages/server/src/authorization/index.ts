export { AuthorizationServer, type AuthorizationServerOptions } from './authorization-server.ts';
export type { SecretKeys } from './client-authentication/client-secret-jwt.ts';
export type { Check, Decision } from './explain/check.ts';
export { describeRefusal, type RefusalDescription } from './explain/describe-refusal.ts';
export {
  type CertificateExplanation,
  Explainer,
  type ExplainQuestion,
  type Explanation,
  type TokenExplanation,
} from './explain/explainer.ts';
export type { ExplainerPorts } from './explain/ports.ts';
export type { FailureLimit, FailureLimitsOptions } from './failure-limits.ts';
export type { AuthorizationEndpoints, EndpointUrls } from './metadata.ts';
export type {
  ClientDirectory,
  CredentialUses,
  DocumentFetcher,
  OwnAuthorities,
  RefusalLog,
  ResourceDirectory,
  RevocationState,
  TokenMint,
} from './ports.ts';
export type { RefusalCode, RefusalReason } from './refusal.ts';
export type { RefusalRecord } from './refusal-records.ts';
export type {
  ListenerName,
  OAuthEndpoint,
  OAuthRequest,
  OAuthResponse,
  PresentedCertificate,
} from './request.ts';
export type { AssertionUse, ReplayGuardStore } from './store.ts';
