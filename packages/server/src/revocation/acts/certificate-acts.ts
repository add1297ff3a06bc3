import type { DenylistEntry } from '@mortise/resource-server';
import type { RevocationReason } from '../../authority/index.ts';
import { RevocationError } from '../revocation-error.ts';
import type { ActContext, ActOutcome, By } from './act.ts';
import { outcomeOf, reasonOf } from './act.ts';

export interface CertificateToRevoke {
  /** SHA-256 of the DER in hexadecimal; upper case and colons are taken too. */
  readonly fingerprint256: string;
  /** Default `unspecified`. */
  readonly reason?: RevocationReason;
  /** For a certificate of another CA that is not registered here: the client that it speaks for. */
  readonly clientId?: string;
}

/**
 * Ends a certificate, the credential that it is, and the tokens that were obtained with it or are bound to it. On hold it is as dead, but
 * its credential stays as it is, and `releaseCertificate` gives all of them back.
 */
export async function revokeCertificate(
  context: ActContext,
  certificate: CertificateToRevoke,
  by: By,
): Promise<ActOutcome> {
  const fingerprint256 = readFingerprint(certificate.fingerprint256);
  const x5t = Buffer.from(fingerprint256, 'hex').toString('base64url');
  const issued = await context.authorities.findCertificate(fingerprint256);
  const registered = await context.clients.findByCertificate(x5t);
  const now = context.clock();
  const reason = certificate.reason ?? 'unspecified';
  const hold = reason === 'certificate_hold';
  if (hold && issued === undefined) {
    throw new RevocationError('certificate_unknown', `no certificate ${fingerprint256} was issued here`);
  }
  const known = issued !== undefined || registered !== undefined;
  const clientId = registered?.clientId ?? issued?.clientId ?? certificate.clientId;
  if (!known) await refuseUnknown(context, fingerprint256, clientId, now);

  const notAfter = issued?.notAfter ?? registered?.credential.notAfter;
  const add: DenylistEntry[] = [
    notAfter === undefined
      ? { kind: 'certificate', id: x5t }
      : { kind: 'certificate', id: x5t, expiresAt: context.lifetimes.certificate(notAfter, now) },
  ];
  if (registered !== undefined) {
    const expiresAt = context.lifetimes.tokensSignedBy(now);
    add.push({ kind: 'credential', id: registered.credential.id, expiresAt });
  }
  const event = await context.store.revokeCertificate(
    { fingerprint256, credentialId: hold ? undefined : registered?.credential.id, at: now, reason },
    {
      actor: by.actor,
      act: 'certificate.revoked',
      object: { kind: 'certificate', id: fingerprint256 },
      ...(clientId === undefined ? {} : { clientId }),
      data: {
        'x5t#S256': x5t,
        ...(registered === undefined ? {} : { credential_id: registered.credential.id }),
        revocation_reason: reason,
        ...reasonOf(by),
      },
      denylist: { add },
    },
  );
  return outcomeOf(event);
}

/** Ends a hold; rejects with RevocationError `certificate_revoked` for a certificate that is revoked for good. */
export async function releaseCertificate(context: ActContext, name: string, by: By): Promise<ActOutcome> {
  const fingerprint256 = readFingerprint(name);
  const x5t = Buffer.from(fingerprint256, 'hex').toString('base64url');
  const issued = await context.authorities.findCertificate(fingerprint256);
  if (issued === undefined) {
    throw new RevocationError('certificate_unknown', `no certificate ${fingerprint256} was issued here`);
  }
  if (issued.revokedAt === undefined) return { changed: false };
  if (issued.revocationReason !== 'certificate_hold') {
    throw new RevocationError('certificate_revoked', `certificate ${fingerprint256} is revoked for good`);
  }
  const registered = await context.clients.findByCertificate(x5t);
  const event = await context.store.releaseCertificate(
    { fingerprint256, at: context.clock() },
    {
      actor: by.actor,
      act: 'certificate.released',
      object: { kind: 'certificate', id: fingerprint256 },
      ...(issued.clientId === undefined ? {} : { clientId: issued.clientId }),
      data: {
        'x5t#S256': x5t,
        ...(registered === undefined ? {} : { credential_id: registered.credential.id }),
        ...reasonOf(by),
      },
      denylist: {
        remove: [
          { kind: 'certificate', id: x5t },
          ...(registered === undefined
            ? []
            : [{ kind: 'credential' as const, id: registered.credential.id }]),
        ],
      },
    },
  );
  return outcomeOf(event);
}

function readFingerprint(text: string): string {
  const hex = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new RevocationError('fingerprint_invalid', 'a SHA-256 fingerprint is 64 hexadecimal digits');
  }
  return hex;
}

/** A certificate that nobody here knows can only be revoked for a client, because that decides who is told. */
async function refuseUnknown(
  context: ActContext,
  fingerprint256: string,
  clientId: string | undefined,
  now: number,
): Promise<void> {
  if (clientId === undefined) {
    throw new RevocationError(
      'certificate_unknown',
      `no certificate ${fingerprint256} was issued or registered here; name the client that it speaks for`,
    );
  }
  if ((await context.clients.find(clientId, now)) === undefined) {
    throw new RevocationError('client_unknown', `there is no client ${clientId}`);
  }
}
