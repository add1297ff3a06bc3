import type { Actor } from '../../events/index.ts';
import { certificateCredential, readClientCertificate } from '../certificates.ts';
import { ClientError, invalidMember } from '../client-error.ts';
import type { CertificateCredential } from '../credential.ts';
import { type ActContext, readForAct, taken, unknownClient } from './act-context.ts';
import { credentialAdded } from './credential-events.ts';

export interface RegisterCertificate {
  readonly clientId: string;
  /** DER, or PEM with one certificate. */
  readonly certificate: Uint8Array | string;
  /** Epoch milliseconds; absent: it authenticates until its own `notAfter`. */
  readonly expiresAt?: number;
  readonly actor: Actor;
}

/** Most usable registered certificates of one client; those issued here do not count. */
const maximumCertificates = 64;

/**
 * Registers a certificate as a credential of a client; registering it again for the same client changes nothing.
 * Throws ClientError `certificate_invalid`, `certificate_taken`, `credential_revoked`, `limit_reached`,
 * `client_unknown`, `client_revoked`, `metadata_invalid` (an end in the past).
 */
export async function registerCertificate(
  context: ActContext,
  input: RegisterCertificate,
): Promise<CertificateCredential> {
  const now = context.clock();
  const certificate = readClientCertificate(input.certificate, now);
  if (input.expiresAt !== undefined && !(Number.isSafeInteger(input.expiresAt) && input.expiresAt > now)) {
    throw invalidMember('expires_at', 'is not in the future');
  }
  const client = await readForAct(context, input.clientId);
  const found = await context.store.findByCertificate(certificate.thumbprint);
  if (found !== undefined) return existing(found, client.clientId, now);
  const registered = client.credentials.filter((one) => one.kind === 'certificate' && one.der !== undefined);
  if (registered.length >= maximumCertificates) {
    throw new ClientError(
      'limit_reached',
      `a client has at most ${maximumCertificates} registered certificates`,
    );
  }
  const credential = certificateCredential(certificate, {
    createdAt: now,
    ...(input.expiresAt === undefined ? {} : { expiresAt: input.expiresAt }),
  });
  const outcome = await context.store.addCredential({ clientId: client.clientId, credential }, [
    credentialAdded(input.actor, client.clientId, credential),
  ]);
  if (!outcome.done) {
    throw outcome.conflict.code === 'client_unknown'
      ? unknownClient(input.clientId)
      : taken(outcome.conflict);
  }
  return credential;
}

function existing(
  found: { readonly clientId: string; readonly credential: CertificateCredential },
  clientId: string,
  now: number,
): CertificateCredential {
  if (found.clientId !== clientId) throw taken({ code: 'certificate_taken', owner: found.clientId });
  if (found.credential.revokedAt !== undefined) {
    throw new ClientError('credential_revoked', 'this certificate was revoked, which is final');
  }
  if (found.credential.expiresAt !== undefined && found.credential.expiresAt <= now) {
    throw new ClientError(
      'certificate_invalid',
      'this certificate was taken from the client; bring it back through jwks',
    );
  }
  return found.credential;
}
