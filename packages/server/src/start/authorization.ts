import { AuthorizationServer, Explainer } from '../authorization/index.ts';
import { CredentialUse, secretKeys } from '../clients/index.ts';
import { AccessTokens } from '../tokens/index.ts';
import type { Ground } from './ground.ts';
import type { Identities } from './identities.ts';
import type { OuterNames } from './outer-names.ts';
import type { Trust } from './trust.ts';

/** Who gets which token, and why. */
export interface Authorization {
  readonly authorizationServer: AuthorizationServer;
  readonly credentialUse: CredentialUse;
  readonly explainer: Explainer;
  /** Writes the uses that are not written yet. */
  close(): Promise<void>;
}

export function openAuthorization(
  { config, storage, names, connections, log, clock, onError }: Ground,
  { clients, resources, fetcher, authority }: Identities,
  { signingKeys, revocation }: Trust,
): Authorization {
  const { issuer } = names;
  const accessTokens = new AccessTokens({ issuer, keys: signingKeys, clock });
  const credentialUse = new CredentialUse({ store: storage.credentialUses, clock, onError });
  const authorizationServer = new AuthorizationServer({
    clients,
    resources,
    accessTokens,
    credentialUse: {
      record: (use) => {
        if (use.thumbprint !== undefined) connections.attribute(use.thumbprint, use.clientId);
        credentialUse.record(use);
      },
    },
    replayGuard: storage.replayGuard,
    revocation,
    authorities: authority,
    secretKeys: (client, now) => secretKeys(client, now, storage.sealer),
    fetcher,
    clock,
    log: (record) => log.info(record, 'a request was refused'),
    endpoints: {
      issuer,
      jwksUri: `${issuer}/oauth2/jwks`,
      token: endpoint(names, 'token'),
      introspection: endpoint(names, 'introspect'),
      revocation: endpoint(names, 'revoke'),
    },
    accessTokenLifetimeSeconds: config.accessTokenLifetimeSeconds,
  });
  const explainer = new Explainer({
    clients,
    resources,
    authorities: authority,
    revocation,
    accessTokens,
    issuer,
    clock,
  });
  return { authorizationServer, credentialUse, explainer, close: () => credentialUse.close() };
}

function endpoint(names: OuterNames, name: string): { url: string; mtlsUrl: string } {
  return { url: `${names.issuer}/oauth2/${name}`, mtlsUrl: `${names.mtlsUrl}/oauth2/${name}` };
}
