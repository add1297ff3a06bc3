export { type AccountKey, accountKeyPem, createAccountKey, readAccountKey } from './acme/account-key.ts';
export { AcmeClient, type AcmeClientOptions } from './acme/acme-client.ts';
export { AcmeError, type AcmeSubproblem } from './acme/acme-error.ts';
export type { Challenge, ChallengeAnswers, ChallengeType } from './acme/challenge.ts';
export type { AcmeIdentifier, CertificateOrder } from './acme/order.ts';
export type { RenewalInfo } from './acme/renewal-info.ts';
export type { ExternalAccount } from './acme/signed-request.ts';
export type { ClientSecretBasicOptions } from './authentication/client-secret-basic.ts';
export type { ClientSecretJwtOptions } from './authentication/client-secret-jwt.ts';
export type { ClientSecretPostOptions } from './authentication/client-secret-post.ts';
export type { ClientAuthentication } from './authentication/methods.ts';
export type { AssertionAlgorithm, PrivateKeyJwtOptions } from './authentication/private-key-jwt.ts';
export type { SelfSignedTlsClientAuthOptions } from './authentication/self-signed-tls-client-auth.ts';
export type { TlsClientAuthOptions } from './authentication/tls-client-auth.ts';
export { createClient, MortiseClient, type ProtectedRequestInit, type TokenChoice } from './client.ts';
export { ClientError, type ClientErrorCode, OAuthError } from './errors.ts';
export type { Credential, CredentialText } from './files/credential.ts';
export { CredentialFolder, type Staged } from './files/credential-folder.ts';
export type { ClientOptions } from './options.ts';
export { type Enrolment, readEnrolment } from './renewal/enrolment.ts';
export type { TakeOver } from './renewal/followers.ts';
export {
  type ManageCertificateOptions,
  ManagedCertificate,
  manageCertificate,
} from './renewal/managed-certificate.ts';
export type { RenewalEvent } from './renewal/renewal-event.ts';
export type { LastError, RenewalStatus } from './renewal/renewal-status.ts';
export type { PlainAnswer, PlainRequest } from './requests/plain-request.ts';
export { type Wait, waitByTimer } from './time/wait.ts';
export type { AccessToken } from './tokens/token-request.ts';
export type { Anchors, CertificateInput } from './transport/anchors.ts';
export type { ClientCertificate } from './transport/connections.ts';
export { type FollowTrustOptions, TrustFollower } from './trust/trust-follower.ts';
