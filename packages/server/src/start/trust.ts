import { AuthorityKeys, type Rollovers } from '../authority/index.ts';
import { type NodeListing, Publishing, Revocation, RootCrls } from '../revocation/index.ts';
import { SigningKeys } from '../tokens/index.ts';
import type { Ground } from './ground.ts';
import type { Identities } from './identities.ts';
import { openRollovers } from './rollover.ts';

/** What others are told to trust, and what to trust no longer. */
export interface Trust {
  readonly signingKeys: SigningKeys;
  readonly revocation: Revocation;
  readonly publishing: Publishing;
  readonly rootCrls: RootCrls;
  readonly rollovers: Rollovers;
  close(): Promise<void>;
}

/** Opens the keys that sign tokens, the denylist, CRLs and OCSP, and the rollovers of authorities. */
export async function openTrust(
  ground: Ground,
  { clients, authority, tokenKeys }: Identities,
  /** Asked once the server runs: nodes are opened after this. */
  listNodes: () => Promise<NodeListing[]>,
): Promise<Trust> {
  const { config, storage, names, connections, clock, onError } = ground;
  const { feed, sealer } = storage;
  const signingKeys = await SigningKeys.open({
    store: storage.signingKeys,
    feed,
    sealer,
    clock,
    rotation: { everySeconds: config.signingKeyRotationSeconds },
    onError,
  });
  const keys = new AuthorityKeys(sealer, tokenKeys);
  const revocation = await Revocation.open({
    store: storage.revocation,
    feed,
    clients: storage.clients,
    authorities: storage.authorities,
    discardKey: (request) => keys.discard(request),
    signingKeys,
    clock,
    stalenessLimitSeconds: config.stalenessLimitSeconds,
  });
  revocation.startPruning(onError);
  const publishing = new Publishing({
    store: storage.publishing,
    authorities: authority,
    feed,
    pkiUrl: names.pkiUrl,
    clock,
    isStale: () => revocation.isStale(),
    onError,
  });
  const rootCrls = new RootCrls({
    store: storage.publishing,
    acts: storage.revocation,
    authorities: authority,
    clock,
  });
  revocation.denylist.subscribe((added) => {
    for (const { kind, id, epoch } of added) {
      if (kind === 'certificate') connections.closeCertificate(id);
      else if (kind === 'client' && epoch === undefined) connections.closeClient(id);
    }
  });
  const rollovers = await openRollovers({
    storage,
    authority,
    tokenKeys,
    revocation,
    clients,
    listNodes,
    names,
    clock,
    onError,
  });
  return {
    signingKeys,
    revocation,
    publishing,
    rootCrls,
    rollovers,
    close: async () => {
      await signingKeys.close();
      rollovers.close();
      publishing.close();
      revocation.close();
    },
  };
}
