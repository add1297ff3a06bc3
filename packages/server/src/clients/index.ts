export type { CreateClient } from './acts/create-client.ts';
export type { RegisterCertificate } from './acts/register-certificate.ts';
export type { UpdateClient } from './acts/update-client.ts';
export { certificateCredential } from './certificates.ts';
export {
  type AuthenticationMethod,
  acceptsMethod,
  authenticationMethods,
  type Client,
  type ClientRecord,
  type ClientStatus,
  type TlsClientAuth,
} from './client.ts';
export { clientDnsName } from './client-dns-name.ts';
export { ClientError, type ClientErrorCode } from './client-error.ts';
export { Clients, type ClientsOptions } from './clients.ts';
export {
  type CertificateCredential,
  type Credential,
  credentialIsUsable,
  type EncryptedSecret,
  type HashedSecret,
  type KeyCredential,
  type SecretCredential,
} from './credential.ts';
export { CredentialUse, type CredentialUsed, type CredentialUseOptions } from './credential-use.ts';
export {
  generateClientId,
  generateCredentialId,
  isClientId,
  keyCredentialId,
} from './identifiers.ts';
export { algorithmsOf, importedKey, type PublicJwk, readPublicJwk } from './keys.ts';
export { accessTokenLifetimeBounds } from './lifetimes.ts';
export { canonicalMatcher, matcherKinds, matchersAccepting, matches } from './matchers/matchers.ts';
export { registrationMembers } from './registration.ts';
export {
  clientInformation,
  credentialInformation,
  methodsOf,
  type NewSecret,
  registrationMetadata,
} from './registration-document.ts';
export { type Resource, type ResourceSigningAlgorithm, resourceSigningAlgorithms } from './resource.ts';
export { resourceInformation, resourceMembers } from './resource-document.ts';
export { isResourceIdentifier } from './resource-identifier.ts';
export { Resources, type ResourcesOptions } from './resources.ts';
export { isScopeToken } from './scopes.ts';
export {
  findSecret,
  generateSecret,
  hashSecret,
  looksLikeSecret,
  type Sealer,
  secretKeys,
} from './secrets.ts';
export type {
  ClientChange,
  ClientStore,
  CredentialUseCount,
  CredentialUseStore,
  MatcherClaim,
  ResourceStore,
  StoreOutcome,
  Taken,
} from './store.ts';
export type { TrustAnchor } from './trust-anchor.ts';
export { readTrustAnchors } from './trust-anchors.ts';
