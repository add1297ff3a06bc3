export type {
  Access,
  Allowed,
  BearerError,
  Binding,
  ConnectionCertificate,
  Decision,
  DenylistInProcess,
  RefusalDetail,
  RefusalReason,
  Refused,
  RequestFacts,
  Requirements,
  WhenStale,
} from './access.ts';
export { connectionCertificate, requestCertificate } from './connection/connection-certificate.ts';
export type { WatchOptions } from './connection/live-connections.ts';
export { createResourceServer } from './create-resource-server.ts';
export { ResourceServerError, type ResourceServerErrorCode } from './errors.ts';
export type { ResourceServerEvent } from './events.ts';
export type { JsonWebKeySet } from './keys/jwk-set.ts';
export type { MetadataDocument, ProtectedResourceMetadata, ResourceDescription } from './metadata.ts';
export type { FollowOptions, ResourceServerOptions } from './options.ts';
export type { ResourceServer, RevocationStatus } from './resource-server.ts';
export {
  Denylist,
  type DenylistChange,
  type DenylistEntry,
  type DenylistFacts,
  type DenylistKey,
  type DenylistKind,
  type DenylistListener,
  denylistKinds,
} from './revocation/denylist.ts';
export type { JwsAlgorithm } from './tokens/algorithms.ts';
export type { FetchLike } from './transport/fetch-json.ts';
export type { CertificateInput } from './transport/trusted-connections.ts';
