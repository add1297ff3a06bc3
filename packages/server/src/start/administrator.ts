import { existsSync, readFileSync } from 'node:fs';
import { Certificate } from '@mortise/x509';
import type { Authority } from '../authority/index.ts';
import type { Clients, Resources } from '../clients/index.ts';
import type { DataDirectory } from './data-directory.ts';

export const administratorId = 'admin';
export const adminScopes = ['mortise:read', 'mortise:admin'] as const;
/** What the admin API takes: those of the administrator, and that of clients that enrol themselves. */
export const adminResourceScopes = [...adminScopes, 'mortise:enrol'] as const;

export interface AdministratorOptions {
  readonly clients: Clients;
  readonly resources: Resources;
  readonly authority: Authority;
  readonly data: DataDirectory;
  /** Identifier of the admin API as a resource. */
  readonly resource: string;
  /** Whether a certificate shall be replaced now. */
  readonly isRecalled: (fingerprint256: string) => Promise<boolean>;
  readonly clock: () => number;
}

export type AdministratorOutcome = 'kept' | 'issued' | 'not_active';

/**
 * The admin API as a resource, the client that administers, and its key and certificate in DATA/admin: made where they are
 * missing (a first start, another node, a restored backup), and renewed in their last third. A client that was suspended or
 * revoked stays so.
 */
export async function ensureAdministrator(options: AdministratorOptions): Promise<AdministratorOutcome> {
  await ensureResource(options);
  const { clients, resource } = options;
  let client = await clients.read(administratorId);
  if (client === undefined) {
    ({ client } = await clients.create({
      metadata: {
        client_id: administratorId,
        client_name: 'Administrator of this server',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_certificate_bound_access_tokens: true,
        scope: adminScopes.join(' '),
        resources: [resource],
      },
      actor: 'system',
    }));
  } else if (client.status === 'active' && !client.resources.includes(resource)) {
    const resources = [...client.resources, resource];
    ({ client } = await clients.update({
      clientId: administratorId,
      changes: { resources },
      actor: 'system',
    }));
  }
  if (client.status !== 'active') return 'not_active';
  const usable = usableCertificate(options);
  if (usable !== undefined && !(await options.isRecalled(usable.fingerprint256))) return 'kept';
  await issue(options);
  return 'issued';
}

/** The scopes are this server's own: taken away, nobody could administer any more. */
async function ensureResource({ resources, resource }: AdministratorOptions): Promise<void> {
  const found = await resources.find(resource);
  if (found !== undefined) {
    const missing = adminResourceScopes.filter((scope) => !found.scopes.includes(scope));
    if (missing.length === 0) return;
    const changes = { scopes_supported: [...found.scopes, ...missing] };
    await resources.update({ identifier: resource, changes, actor: 'system' });
    return;
  }
  try {
    await resources.create({
      metadata: {
        resource,
        resource_name: 'Mortise administration',
        scopes_supported: [...adminResourceScopes],
      },
      actor: 'system',
    });
  } catch (error) {
    // Another node was first.
    if ((error as { code?: string }).code !== 'resource_exists') throw error;
  }
}

/** What DATA/admin holds, if it is of an authority here that issues at present, with more than a third of its life before it. */
function usableCertificate({ data, authority, clock }: AdministratorOptions): Certificate | undefined {
  if (!existsSync(data.file('admin', 'key.pem'))) return undefined;
  try {
    const certificate = Certificate.parse(readFileSync(data.file('admin', 'cert.pem')));
    const life = certificate.notAfter - certificate.notBefore;
    const [issuer] = authority.chainFor(certificate);
    const issuerId = issuer === undefined ? undefined : authority.authorityId(issuer.spkiSha256);
    if (issuerId === undefined || !authority.issuesForItself(issuerId)) return undefined;
    return clock() < certificate.notAfter - life / 3 ? certificate : undefined;
  } catch {
    return undefined;
  }
}

async function issue({ authority, data }: AdministratorOptions): Promise<void> {
  const issued = await authority.issue({
    profile: 'client',
    own: true,
    clientId: administratorId,
    actor: 'system',
  });
  const { certificate, chain, keyPem = '' } = issued;
  data.write('admin/key.pem', keyPem, 0o600);
  data.write('admin/cert.pem', [certificate, ...chain].map((each) => each.toPem()).join(''), 0o644);
  data.write(
    'admin/ca.pem',
    authority
      .roots()
      .map((root) => root.toPem())
      .join(''),
    0o644,
  );
}
