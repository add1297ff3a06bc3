import type { IssuedCertificate, RevocationReason } from '../../authority/index.ts';
import type { Transaction } from '../database.ts';

export interface CertificateRow {
  fingerprint256: string;
  x5t: string;
  serial_number: string;
  authority_id: string;
  profile: string;
  client_id: string | null;
  credential_id: string | null;
  subject: string;
  names: string;
  spki_sha256: string;
  certificate: Buffer;
  not_before: number;
  not_after: number;
  issued_at: number;
  revoked_at: number | null;
  revocation_reason: string | null;
  crl_partition: number;
}

export const certificateColumns = `fingerprint256, x5t, serial_number, authority_id, profile, client_id, credential_id,
  subject, names, spki_sha256, certificate, not_before, not_after, issued_at, revoked_at, revocation_reason, crl_partition`;

export function certificateFromRow(row: CertificateRow): IssuedCertificate {
  return {
    fingerprint256: row.fingerprint256,
    x5t: row.x5t,
    serialNumber: row.serial_number,
    authorityId: row.authority_id,
    profile: row.profile as IssuedCertificate['profile'],
    ...(row.crl_partition === 0 ? {} : { crlPartition: row.crl_partition }),
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
    ...(row.credential_id === null ? {} : { credentialId: row.credential_id }),
    subject: row.subject,
    names: JSON.parse(row.names) as string[],
    spkiSha256: row.spki_sha256,
    certificate: row.certificate,
    notBefore: row.not_before,
    notAfter: row.not_after,
    issuedAt: row.issued_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.revocation_reason === null
      ? {}
      : { revocationReason: row.revocation_reason as RevocationReason }),
  };
}

/** Writes at least one. */
export async function insertCertificates(
  transaction: Transaction,
  certificates: readonly IssuedCertificate[],
): Promise<void> {
  const row = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
  await transaction.run(
    `INSERT INTO certificates (${certificateColumns}) VALUES ${certificates.map(() => row).join(', ')}`,
    certificates.flatMap((certificate) => [
      certificate.fingerprint256,
      certificate.x5t,
      certificate.serialNumber,
      certificate.authorityId,
      certificate.profile,
      certificate.clientId ?? null,
      certificate.credentialId ?? null,
      certificate.subject,
      JSON.stringify(certificate.names),
      certificate.spkiSha256,
      certificate.certificate,
      certificate.notBefore,
      certificate.notAfter,
      certificate.issuedAt,
      certificate.revokedAt ?? null,
      certificate.revocationReason ?? null,
      certificate.crlPartition ?? 0,
    ]),
  );
}
