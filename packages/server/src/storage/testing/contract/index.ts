import type { DatabaseKind } from '../storage-for-test.ts';
import { acmeContract } from './acme.ts';
import { acmeKeysContract } from './acme-keys.ts';
import { authoritiesContract } from './authorities.ts';
import { clientsContract } from './clients.ts';
import { credentialUsesContract } from './credential-uses.ts';
import { feedContract } from './feed.ts';
import { instanceContract } from './instance.ts';
import { issuanceContract } from './issuance.ts';
import { lineagesContract } from './lineages.ts';
import { nodesContract } from './nodes.ts';
import { openingContract } from './opening.ts';
import { profilesContract } from './profiles.ts';
import { publishingContract } from './publishing.ts';
import { recallsContract } from './recalls.ts';
import { replayGuardContract } from './replay-guard.ts';
import { resourcesContract } from './resources.ts';
import { revocationContract } from './revocation.ts';
import { rolloversContract } from './rollovers.ts';
import { sealsContract } from './seals.ts';
import { signingKeysContract } from './signing-keys.ts';

/** What holds on every database. */
export function storageContract(kind: DatabaseKind): void {
  openingContract(kind);
  clientsContract(kind);
  resourcesContract(kind);
  credentialUsesContract(kind);
  signingKeysContract(kind);
  authoritiesContract(kind);
  issuanceContract(kind);
  profilesContract(kind);
  acmeContract(kind);
  acmeKeysContract(kind);
  recallsContract(kind);
  rolloversContract(kind);
  lineagesContract(kind);
  revocationContract(kind);
  publishingContract(kind);
  nodesContract(kind);
  replayGuardContract(kind);
  instanceContract(kind);
  feedContract(kind);
  sealsContract(kind);
}
