export type { OwnToken, TokenFailureCode, TokenGrant, TokenVerdict } from './access-token.ts';
export { AccessTokens, TokenGrantError } from './access-tokens.ts';
export type { JwkSet } from './key-ring.ts';
export { defaultRotation, keyMarginSeconds, type Rotation } from './key-schedule.ts';
export type { SigningKey, VerificationKey } from './signing-key.ts';
export { SigningKeyError, type SigningKeyErrorCode } from './signing-key-error.ts';
export { type SigningAlgorithm, type SigningKeyRecord, signingAlgorithms } from './signing-key-record.ts';
export { type SigningKeyInformation, SigningKeys, type SigningKeysOptions } from './signing-keys.ts';
export type { KeyStore, KeyStoreOutcome } from './store.ts';
