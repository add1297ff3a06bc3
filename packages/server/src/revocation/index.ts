export type { ActOutcome, By } from './acts/act.ts';
export type { CertificateToRevoke } from './acts/certificate-acts.ts';
export type { TokenToRevoke } from './acts/token-acts.ts';
export { DenylistFollower } from './denylist-follower.ts';
export type { ClientGrants, DenylistRow } from './denylist-row.ts';
export { EntryLifetimes } from './entry-lifetimes.ts';
export type { CertificateSighting, NodeRecord } from './node-record.ts';
export type {
  NodeAuthentication,
  NodeAuthenticationSources,
  NodeCertificate,
  NodeRefusal,
} from './nodes/authenticate-node.ts';
export { authenticateHolder, authenticateNode } from './nodes/authenticate-node.ts';
export type { LineQueueLimits, WriteLine } from './nodes/line-queue.ts';
export { lineWriter } from './nodes/line-writer.ts';
export type { NodeListing, NodeListSources } from './nodes/list-nodes.ts';
export { listNodes, removeNode } from './nodes/list-nodes.ts';
export type { NodeFeedOptions, NodeStreamRequest } from './nodes/node-feed.ts';
export { NodeFeed } from './nodes/node-feed.ts';
export type { NodeIdentity } from './nodes/node-identity.ts';
export type { NodeRefusedCode } from './nodes/node-refused.ts';
export { NodeRefused } from './nodes/node-refused.ts';
export type { Enforcement, NodeReportsOptions, ReportedNode, ReportOutcome } from './nodes/node-reports.ts';
export { NodeReports } from './nodes/node-reports.ts';
export type { NodeStreamEnd } from './nodes/node-stream.ts';
export type { RootCrl, RootCrlState } from './publishing/offline/root-crls.ts';
export { RootCrls } from './publishing/offline/root-crls.ts';
export type { PublishingOptions } from './publishing/publishing.ts';
export { Publishing } from './publishing/publishing.ts';
export type {
  CertificateStatus,
  CrlScope,
  CrlStore,
  OcspStore,
  PublishedCrl,
  ReleasedCertificate,
} from './publishing/store.ts';
export type { RevocationOptions } from './revocation.ts';
export { Revocation } from './revocation.ts';
export type { RevocationErrorCode } from './revocation-error.ts';
export { RevocationError } from './revocation-error.ts';
export type {
  CertificateRevocation,
  NodeStore,
  RevocationStore,
  RevokedCredential,
  StatusChange,
} from './store.ts';
