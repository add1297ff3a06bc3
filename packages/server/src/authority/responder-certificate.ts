import type { KeyObject } from 'node:crypto';
import type { Certificate } from '@mortise/x509';
import { AuthorityError } from './authority-error.ts';
import { type IssuedCertificate, responderProfile } from './issued-certificate.ts';
import type { SigningAuthority } from './make-authority.ts';
import { signLinted } from './sign-linted.ts';
import type { AuthorityStore } from './store.ts';
import { backdatingMs } from './validity.ts';

/** RFC 6960 §4.2.2.2.1: the certificate lives so briefly that nobody need ask whether it is revoked. */
const noCheck = { oid: '1.3.6.1.5.5.7.48.1.5', value: Buffer.from([0x05, 0x00]) };

/** Makes and records the certificate of an OCSP responder. It never outlives its authority. Rejects with AuthorityError. */
export async function issueResponderCertificate(
  context: {
    readonly store: Pick<AuthorityStore, 'issue'>;
    readonly authority: SigningAuthority;
    readonly clock: () => number;
  },
  { publicKey, lifetimeSeconds }: { readonly publicKey: KeyObject; readonly lifetimeSeconds: number },
): Promise<Certificate> {
  const { authority, store, clock } = context;
  const now = clock();
  if (authority.record.notAfter <= now) {
    throw new AuthorityError('no_active_authority', `authority ${authority.record.id} has come to its end`);
  }
  const certificate = await signLinted(
    {
      subject: 'CN=Mortise OCSP Responder,O=Mortise',
      issuer: authority.certificate,
      notBefore: Math.max(now - backdatingMs, authority.record.notBefore),
      notAfter: Math.min(now + lifetimeSeconds * 1000, authority.record.notAfter),
      publicKey,
      basicConstraints: { ca: false },
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['ocspSigning'],
      extensions: [noCheck],
    },
    { keyType: authority.record.keyType, signer: authority.signer },
  );
  const record: IssuedCertificate = {
    fingerprint256: certificate.fingerprint256,
    x5t: certificate.thumbprint,
    serialNumber: certificate.serialNumber,
    authorityId: authority.record.id,
    profile: responderProfile,
    subject: certificate.subject.toString(),
    names: [],
    spkiSha256: certificate.spkiSha256,
    certificate: certificate.der,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    issuedAt: now,
  };
  const outcome = await store.issue({ certificate: record }, [
    {
      actor: 'system',
      act: 'certificate.issued',
      object: { kind: 'certificate', id: record.fingerprint256 },
      data: {
        profile: record.profile,
        authority_id: record.authorityId,
        serial_number: record.serialNumber,
        'x5t#S256': record.x5t,
        subject: record.subject,
        names: [],
        expires_at: Math.floor(record.notAfter / 1000),
      },
    },
  ]);
  if (!outcome.done) {
    throw new AuthorityError('no_active_authority', `authority ${record.authorityId} is revoked`);
  }
  return certificate;
}
