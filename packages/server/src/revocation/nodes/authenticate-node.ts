import type { Denylist } from '@mortise/resource-server';
import type { CertificateCredential, Client, Resource } from '../../clients/index.ts';
import { credentialIsUsable } from '../../clients/index.ts';
import type { NodeIdentity } from './node-identity.ts';
import { factsOf } from './node-identity.ts';

/** The certificate of the node's TLS connection, whose key the handshake has proven. */
export interface NodeCertificate {
  /** `x5t#S256`. */
  readonly x5t: string;
  readonly certificate: { readonly notBefore: number; readonly notAfter: number };
}

export type NodeRefusal =
  | 'certificate_missing'
  /** Outside its notBefore and notAfter. */
  | 'certificate_not_valid_now'
  /** No client has registered it; that its issuer is trusted is not enough. */
  | 'certificate_not_registered'
  /** Its credential is revoked or has expired. */
  | 'credential_ended'
  | 'client_not_active'
  /** The denylist names the client, the credential, the certificate or its authority. */
  | 'revoked'
  /** No resource names the client among its resource servers. */
  | 'serves_no_resource'
  /** This process does not know what was revoked lately. */
  | 'stale';

export type NodeAuthentication =
  | { readonly ok: true; readonly node: NodeIdentity }
  | { readonly ok: false; readonly code: NodeRefusal };

export interface NodeAuthenticationSources {
  readonly clients: {
    find(clientId: string): Promise<Client | undefined>;
    /** Also of credentials that have ended. */
    byCertificate(x5t: string): Promise<{ clientId: string; credential: CertificateCredential } | undefined>;
  };
  readonly resources: { byResourceServer(clientId: string): Promise<readonly Resource[]> };
  readonly denylist: Denylist;
  readonly isStale: () => boolean;
  readonly clock: () => number;
}

/**
 * Whether the holder of this certificate may follow the denylist: a registered, unrevoked certificate of an active
 * client that some resource names as its resource server. The private reason of a refusal is its code.
 */
export async function authenticateNode(
  sources: NodeAuthenticationSources,
  presented: NodeCertificate | undefined,
): Promise<NodeAuthentication> {
  const authentication = await authenticateHolder(sources, presented);
  if (!authentication.ok) return authentication;
  return authentication.node.resources.length > 0 ? authentication : refused('serves_no_resource');
}

/** The same for any active client with a registered, unrevoked certificate; `resources` are those that it serves, if any. */
export async function authenticateHolder(
  sources: NodeAuthenticationSources,
  presented: NodeCertificate | undefined,
): Promise<NodeAuthentication> {
  if (sources.isStale()) return refused('stale');
  if (presented === undefined) return refused('certificate_missing');
  const now = sources.clock();
  const { notBefore, notAfter } = presented.certificate;
  if (now < notBefore || now > notAfter) return refused('certificate_not_valid_now');
  const registered = await sources.clients.byCertificate(presented.x5t);
  if (registered === undefined) return refused('certificate_not_registered');
  const { clientId, credential } = registered;
  if (!credentialIsUsable(credential, now)) return refused('credential_ended');
  const client = await sources.clients.find(clientId);
  if (client?.status !== 'active') return refused('client_not_active');
  const resources = await sources.resources.byResourceServer(clientId);
  const node: NodeIdentity = {
    clientId,
    credentialId: credential.id,
    x5t: presented.x5t,
    ...(credential.authorityId === undefined ? {} : { authorityId: credential.authorityId }),
    validUntil: Math.min(notAfter, credential.expiresAt ?? notAfter),
    resources: resources.map(({ identifier }) => identifier),
  };
  // Last, so that what was revoked while the store was read counts too.
  if (sources.denylist.denies(factsOf(node)) !== undefined) return refused('revoked');
  return { ok: true, node };
}

function refused(code: NodeRefusal): NodeAuthentication {
  return { ok: false, code };
}
