export { AcmeServer, type AcmeServerOptions } from './acme-server.ts';
export { NetworkFailure, type ValidationNetwork } from './challenges/challenge-method.ts';
export type { AcmeProfile, CertificateAuthority } from './context.ts';
export { EnrolmentAdministration, type EnrolmentAdministrationOptions } from './enrolment-administration.ts';
export type { EnrolmentKey, EnrolmentKeyOptions } from './external-account.ts';
export type { RateLimit, RateLimitSettings } from './rate-limits.ts';
export type {
  AcmeAccount,
  Authorization,
  Challenge,
  ChallengeFailure,
  ChallengeType,
  ExternalAccountKey,
  Identifier,
  Order,
} from './records.ts';
export type { AcmeRequest, AcmeResponse } from './request.ts';
export type {
  AcmeAdministrationStore,
  AcmeStore,
  ChangeAccountOutcome,
  CreateAccountOutcome,
  FinalizeOutcome,
  KeyUse,
  KnownKey,
} from './store.ts';
export type { ValidationSettings } from './validations.ts';
