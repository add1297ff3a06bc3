import { CredentialFolder, createClient, type ManagedCertificate } from '@mortise/client';
import type { Log } from '../../start/log.ts';

export interface TrustKeeper {
  /** Asks and reports now; what goes wrong is logged. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Keeps `ca.pem` at the roots that the server names and reports that, so that a root is replaced only when this agent is ready.
 * Undefined for an ACME server of another kind.
 */
export async function followTrust(
  managed: ManagedCertificate,
  out: string,
  log: Log,
): Promise<TrustKeeper | undefined> {
  const folder = await CredentialFolder.open(out);
  const { directory = '', identifier = '' } = ((await folder.recall()) ?? {}) as {
    directory?: string;
    identifier?: string;
  };
  const issuer = /^(.*)\/acme\/[^/]+\/directory$/.exec(directory)?.[1];
  if (issuer === undefined || managed.credential === undefined) return undefined;
  const client = createClient({
    issuer,
    // The report is by the certificate alone: no token is asked for in anybody's name.
    clientId: identifier,
    authentication: { method: 'tls_client_auth' },
    certificate: managed,
  });
  const failed = (error: unknown): void =>
    log.warn({ err: error }, 'the roots to trust could not be asked for');
  const follower = client.followTrust({
    kind: 'agent',
    // The same in each run over one folder: a run that has ended is not waited for.
    instance: (await folder.accountKey()).thumbprint,
    onChange: (anchors) => managed.trust(anchors.join('')),
    onError: failed,
  });
  return {
    check: () => follower.check().catch(failed),
    close: () => client.close(),
  };
}
