export type { CreatedAuthority } from './administration/create-authority.ts';
export type { AuthorityOptions, IssuedWithChain } from './authority.ts';
export { Authority } from './authority.ts';
export type { AuthorityErrorCode } from './authority-error.ts';
export { AuthorityError } from './authority-error.ts';
export { requestCancelledEvent } from './authority-events.ts';
export type {
  AuthorityKeyType,
  AuthorityKind,
  AuthorityRecord,
  AuthorityRequest,
  AuthorityRules,
  AuthorityState,
  SignerKind,
} from './authority-record.ts';
export {
  authorityKeyTypes,
  authorityStates,
  isAuthorityName,
  mainAuthority,
  signerKinds,
} from './authority-record.ts';
export type { CrlPartitionStore } from './crl-partitions.ts';
export { firstPartition } from './crl-partitions.ts';
export type { IssueOptions } from './issue.ts';
export type { IssuedCertificate, ProfileName, RevocationReason } from './issued-certificate.ts';
export { revocationReasons } from './issued-certificate.ts';
export { type Lineage, type LineageMember, type LineageStage, lineageStages } from './lineage/lineage.ts';
export { Lineages } from './lineage/lineages.ts';
export type { LineageEntry, LineageStore } from './lineage/store.ts';
export type { ListenerIdentity } from './listener-certificate.ts';
export { ListenerCertificate } from './listener-certificate.ts';
export type { SigningAuthority } from './make-authority.ts';
export {
  type CrlRequest,
  type CrlRequestDocument,
  type CrlRequestEntry,
  crlRequestDocument,
  readCrlRequest,
} from './offline/crl-request.ts';
export { makeSuccessor } from './offline/make-successor.ts';
export {
  encryptPrivateKey,
  makeOfflineRoot,
  readPrivateKey,
  shortestPassphrase,
} from './offline/offline-root.ts';
export {
  type RolloverRequestDocument,
  readRolloverRequest,
  readSuccessor,
  rolloverRequestDocument,
  type SuccessorDocument,
  successorDocument,
} from './offline/rollover-request.ts';
export { offlineCrlLifetimeSeconds, signAuthorityCrl } from './offline/sign-crl.ts';
export { signAuthorityRequest } from './offline/sign-request.ts';
export type { ProfileDefinition } from './profiles/profile-definition.ts';
export {
  isProfileName,
  nameSources,
  needsClient,
  subjectKeyTypes,
  uriSources,
} from './profiles/profile-definition.ts';
export type { ProfileRecord, ProfileStore } from './profiles/profile-record.ts';
export {
  type ListedProfile,
  listedProfileDocument,
  type ProfileSource,
  Profiles,
} from './profiles/profiles.ts';
export { profileMemberNames, readProfile } from './profiles/read-profile.ts';
export { shippedProfiles } from './profiles/shipped/shipped.ts';
export type { Recall, RecallFilter, RecallProgress, ReplacementState } from './recall/recall.ts';
export { keyTypePattern, neverRecalled, replacementStates } from './recall/recall.ts';
export { Recalls } from './recall/recalls.ts';
export type { RecalledCertificate, RecallPage, RecallStore } from './recall/store.ts';
export { crlUrl, deltaCrlUrl, ocspUrl } from './revocation-urls.ts';
export * from './rollover/index.ts';
export { AuthorityKeys, type KeyPlace } from './signers/authority-keys.ts';
export type { KeySealer } from './signers/file.ts';
export { TokenKeys } from './signers/pkcs11.ts';
export type {
  AuthorityStore,
  CertificateFilter,
  IssueAct,
  IssueConflict,
  IssueOutcome,
} from './store.ts';
