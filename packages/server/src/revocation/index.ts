export type { ClientGrants, DenylistRow } from './denylist-row.ts';
export type { CertificateSighting, NodeRecord } from './node-record.ts';
export type {
  CertificateRevocation,
  NodeStore,
  RevocationStore,
  RevokedCredential,
  StatusChange,
} from './store.ts';
