import type { TestContext } from 'node:test';
import { Rollovers } from '../rollover/index.ts';
import { AuthorityKeys } from '../signers/authority-keys.ts';
import type { TokenKeys } from '../signers/pkcs11.ts';
import type { House } from './open-house.ts';

/** The rollovers of a house, in which nobody has to trust anything. Revocation is the business of others: what would be revoked is told. */
export async function openRollovers(
  t: TestContext,
  { authority, storage, clock }: House,
  tokenKeys: TokenKeys,
): Promise<{ readonly rollovers: Rollovers; readonly revoked: string[] }> {
  const revoked: string[] = [];
  const pki = 'http://pki.mortise.example:8080';
  const rollovers = await Rollovers.open({
    store: storage.rollovers,
    authorities: storage.authorities,
    keys: new AuthorityKeys(storage.sealer, tokenKeys),
    feed: storage.feed,
    signing: (id) => authority.signing(id),
    refresh: () => authority.refresh(),
    revokeAuthority: async (id) => void revoked.push(id),
    revokeCertificate: async ({ fingerprint256 }) => void revoked.push(fingerprint256),
    clients: () => Promise.resolve([]),
    nodes: () => Promise.resolve([]),
    certificateUrl: (id) => authority.certificateUrl(id),
    revocationUrls: (id) => ({ crl: `${pki}/crl/${id}.crl`, ocsp: `${pki}/ocsp` }),
    clock: clock.read,
    onError: (error) => {
      throw error;
    },
  });
  t.after(() => rollovers.close());
  return { rollovers, revoked };
}
