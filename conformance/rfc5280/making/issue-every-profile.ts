import type { TestContext } from 'node:test';
import type { Certificate } from '@mortise/x509';
import type { AuthorityKeyType } from '../../../packages/server/src/authority/index.ts';
import { openHouse } from '../../../packages/server/src/authority/testing/open-house.ts';

export interface Issued {
  readonly profile: string;
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly root: Certificate;
  /** Epoch milliseconds of its issue. */
  readonly at: number;
}

/** One certificate of each shipped profile, from an authority whose keys are of a kind. */
export async function issueEveryProfile(t: TestContext, algorithm: AuthorityKeyType): Promise<Issued[]> {
  const { authority, client, resource, clock } = await openHouse(t, { algorithm });
  await resource('https://payments.example', ['payments:write']);
  await client({
    client_id: 'billing',
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_uri: 'spiffe://mortise.example/billing',
    scope: 'payments:write',
  });
  const asked = {
    client: { clientId: 'billing' },
    server: { names: ['api.example', '192.0.2.1'] },
    spiffe: { clientId: 'billing' },
    intermediate: { names: ['Mesh CA'] },
    'short-lived': { clientId: 'billing' },
  } as const;
  const [root] = authority.roots();
  const issued: Issued[] = [];
  for (const [profile, more] of Object.entries(asked)) {
    const { certificate, chain } = await authority.issue({ profile, ...more, actor: 'cli' });
    issued.push({ profile, certificate, chain, root: root!, at: clock.now });
  }
  return issued;
}
