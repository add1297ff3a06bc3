import { clientDnsName } from '../clients/index.ts';
import type { Actor } from '../events/index.ts';
import type { AdminContext } from './context.ts';
import { AdminError } from './problems.ts';

const daySeconds = 86_400;
export const enrolmentLifetime = { defaultSeconds: daySeconds, maximumSeconds: 30 * daySeconds };

/** Opens an enrolment: a key that binds one ACME account to the client, and what a person has to do with it. */
export async function openEnrolment(
  { clients, authority, enrolment, issuer }: AdminContext,
  options: {
    readonly clientId: string;
    /** Default `client`. */
    readonly profile?: string;
    readonly lifetimeSeconds?: number;
    readonly actor: Actor;
    /**
     * The client asks by itself, no administrator: only for a profile that issues to clients alone, which is for `clientAuth` then, and that
     * it may have at present by the rules, patterns and name constraints. Default false.
     */
    readonly forItself?: boolean;
  },
): Promise<object> {
  const { clientId, actor, profile = 'client' } = options;
  const { lifetimeSeconds = enrolmentLifetime.defaultSeconds } = options;
  const client = await clients.read(clientId);
  if (client === undefined) {
    throw new AdminError(404, 'client_unknown', `there is no client ${clientId.slice(0, 200)}`);
  }
  if (client.status !== 'active') {
    throw new AdminError(409, 'client_not_active', `client ${clientId} is ${client.status}`);
  }
  if (client.anchors.length > 0) {
    throw new AdminError(
      409,
      'foreign_anchors',
      `client ${clientId} authenticates with certificates of other authorities`,
    );
  }
  const definition = authority.profiles.find(profile)?.definition;
  if (definition?.acme !== true) {
    throw new AdminError(
      400,
      'profile_invalid',
      `${profile.slice(0, 63)} is no profile that has an ACME directory`,
    );
  }
  // Under other profiles the names are those that a challenge proves.
  const identifier = definition.names === 'client' ? clientDnsName(client, issuer) : undefined;
  if (options.forItself === true) {
    if (identifier === undefined) {
      throw new AdminError(
        400,
        'profile_not_allowed',
        `the profile ${profile} does not issue to clients; an administrator makes keys for it`,
      );
    }
    await authority.checkNames({ profile, clientId, names: [identifier] });
  }
  const key = await enrolment.addKey({ clientId, profile, lifetimeSeconds, actor });
  if (key === 'too_many') throw new AdminError(429, 'rate_limited', 'the client took too many keys of late');
  const roots = authority.roots();
  return {
    directory: key.directory,
    eab_kid: key.kid,
    eab_hmac_key: key.hmacKey,
    eab_expires_at: Math.floor(key.expiresAt / 1000),
    ...(identifier === undefined ? {} : { identifier }),
    ca_fingerprints: roots.map(({ fingerprint256 }) => fingerprint256),
    ca: roots.map((root) => root.toPem()).join(''),
    commands: identifier === undefined ? {} : commandLines({ ...key, identifier }),
  };
}

function commandLines(of: { directory: string; kid: string; hmacKey: string; identifier: string }) {
  const { directory, kid, hmacKey, identifier } = of;
  return {
    certbot: [
      'REQUESTS_CA_BUNDLE=ca.pem certbot certonly --standalone --non-interactive --agree-tos',
      `--register-unsafely-without-email --server ${directory}`,
      `--eab-kid ${kid} --eab-hmac-key ${hmacKey} -d ${identifier}`,
    ].join(' '),
    lego: [
      `LEGO_CA_CERTIFICATES=ca.pem lego --accept-tos --email admin@${identifier} --server ${directory}`,
      `--eab --kid ${kid} --hmac ${hmacKey} --http --domains ${identifier} run`,
    ].join(' '),
    mortise: [
      `MORTISE_EAB_HMAC_KEY=${hmacKey} mortise agent --ca ca.pem --directory ${directory}`,
      `--eab-kid ${kid} --identifier ${identifier} --out ${identifier}`,
    ].join(' '),
  };
}
