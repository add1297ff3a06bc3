export type { AuthorityKeyType, AuthorityKind, AuthorityRecord } from './authority-record.ts';
export { authorityKeyTypes } from './authority-record.ts';
export type { IssuedCertificate, ProfileName, RevocationReason } from './issued-certificate.ts';
export { profileNames, revocationReasons } from './issued-certificate.ts';
export type {
  AuthorityStore,
  CertificateFilter,
  IssueAct,
  IssueConflict,
  IssueOutcome,
} from './store.ts';
