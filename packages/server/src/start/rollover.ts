import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import {
  type Authority,
  AuthorityKeys,
  crlUrl,
  firstPartition,
  ocspUrl,
  Rollovers,
  type TokenKeys,
} from '../authority/index.ts';
import type { Clients } from '../clients/index.ts';
import type { NodeListing, Revocation } from '../revocation/index.ts';
import type { Storage } from '../storage/index.ts';
import { administratorId } from './administrator.ts';
import type { DataDirectory } from './data-directory.ts';
import type { OuterNames } from './outer-names.ts';

export interface RolloverParts {
  readonly storage: Storage;
  readonly authority: Authority;
  readonly tokenKeys: TokenKeys;
  readonly revocation: Revocation;
  readonly clients: Clients;
  readonly listNodes: () => Promise<NodeListing[]>;
  readonly names: OuterNames;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** The rollovers of this server, with the ports that they ask for. */
export function openRollovers(parts: RolloverParts): Promise<Rollovers> {
  const { storage, authority, revocation, clients, names } = parts;
  const pkiUrl = names.pkiUrl.replace(/\/$/, '');
  return Rollovers.open({
    store: storage.rollovers,
    authorities: storage.authorities,
    keys: new AuthorityKeys(storage.sealer, parts.tokenKeys),
    feed: storage.feed,
    signing: (id) => authority.signing(id),
    refresh: () => authority.refresh(),
    revokeAuthority: (id, by) => revocation.revokeAuthority(id, by),
    revokeCertificate: (certificate, by) => revocation.revokeCertificate(certificate, by),
    clients: () => clientIds(clients),
    nodes: async () => (await parts.listNodes()).map(({ clientId }) => clientId),
    certificateUrl: (id) => authority.certificateUrl(id),
    revocationUrls: (id) => ({ crl: crlUrl(pkiUrl, id, firstPartition), ocsp: ocspUrl(pkiUrl) }),
    clock: parts.clock,
    onError: parts.onError,
  });
}

/** All but those that are revoked: a suspended one may be resumed. */
async function clientIds(clients: Clients): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await clients.list({ limit: 1000, ...(after === undefined ? {} : { after }) });
    for (const { clientId, status } of page) if (status !== 'revoked') found.push(clientId);
    if (page.length < 1000) return found;
    after = page.at(-1)?.clientId;
  }
}

/**
 * Writes the roots of now to DATA/admin/ca.pem, by which the commands of this data directory trust the server, and
 * reports that in the administrator's name, whose folder is this server's to keep.
 */
export async function writeTrustedRoots(
  { authority, rollovers }: { readonly authority: Authority; readonly rollovers: Pick<Rollovers, 'report'> },
  data: DataDirectory,
): Promise<void> {
  const roots = authority.roots();
  data.write('admin/ca.pem', roots.map((root) => root.toPem()).join(''), 0o644);
  const place = createHash('sha256')
    .update(`${hostname()}:${resolve(data.file('admin'))}`)
    .digest('hex');
  await rollovers.report({
    clientId: administratorId,
    kind: 'agent',
    instance: `server-${place.slice(0, 16)}`,
    anchors: roots.map(({ fingerprint256 }) => fingerprint256).sort(),
  });
}
