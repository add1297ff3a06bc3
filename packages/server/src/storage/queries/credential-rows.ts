import type { CertificateCredential, Credential } from '../../clients/index.ts';
import type { Transaction, Value } from '../database.ts';

export interface CredentialRow {
  id: string;
  client_id: string;
  kind: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  form: string | null;
  hint: string | null;
  secret: Buffer | null;
  jwk: string | null;
  thumbprint: string | null;
  x5t: string | null;
  fingerprint256: string | null;
  serial_number: string | null;
  subject: string | null;
  not_before: number | null;
  not_after: number | null;
  der: Buffer | null;
  authority_id: string | null;
  last_used_at: number | null;
}

/** Of the table `credentials` under the name `c`. */
export const credentialColumns = `c.id, c.client_id, c.kind, c.created_at, c.expires_at, c.revoked_at, c.form, c.hint,
  c.secret, c.jwk, c.thumbprint, c.x5t, c.fingerprint256, c.serial_number, c.subject, c.not_before, c.not_after, c.der,
  c.authority_id,
  (SELECT max(u.last_used_at) FROM credential_uses u WHERE u.credential_id = c.id) AS last_used_at`;

const never = Number.MAX_SAFE_INTEGER;

/** A credential is usable while the time is below this. */
export function usableUntil(ends: {
  readonly expiresAt: number | undefined;
  readonly notAfter: number | undefined;
  readonly revokedAt: number | undefined;
}): number {
  if (ends.revokedAt !== undefined) return 0;
  return Math.min(ends.expiresAt ?? never, ends.notAfter === undefined ? never : ends.notAfter + 1);
}

export function credentialFromRow(row: CredentialRow): Credential {
  const times = {
    id: row.id,
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  };
  if (row.kind === 'certificate') return certificateFromRow(row, times);
  if (row.kind === 'key') {
    return {
      ...times,
      kind: 'key',
      jwk: JSON.parse(row.jwk as string),
      thumbprint: row.thumbprint as string,
    };
  }
  const hint = row.hint as string;
  const secret = row.secret as Buffer;
  return row.form === 'hashed'
    ? { ...times, kind: 'secret', form: 'hashed', hash: secret, hint }
    : { ...times, kind: 'secret', form: 'encrypted', sealed: secret, hint };
}

function certificateFromRow(
  row: CredentialRow,
  times: Pick<Credential, 'id' | 'createdAt'>,
): CertificateCredential {
  return {
    ...times,
    kind: 'certificate',
    x5t: row.x5t as string,
    fingerprint256: row.fingerprint256 as string,
    serialNumber: row.serial_number as string,
    subject: row.subject as string,
    notBefore: row.not_before as number,
    notAfter: row.not_after as number,
    ...(row.der === null ? {} : { der: row.der }),
    ...(row.authority_id === null ? {} : { authorityId: row.authority_id }),
  };
}

/** Whether it was written; not where the certificate is already someone's. */
export async function insertCredential(
  transaction: Transaction,
  clientId: string,
  credential: Credential,
): Promise<boolean> {
  const inserted = await transaction.run(
    `INSERT INTO credentials (id, client_id, kind, created_at, expires_at, revoked_at, usable_until, form, hint, secret,
       jwk, thumbprint, x5t, fingerprint256, serial_number, subject, not_before, not_after, der, authority_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (x5t) DO NOTHING`,
    [
      credential.id,
      clientId,
      credential.kind,
      credential.createdAt,
      credential.expiresAt ?? null,
      credential.revokedAt ?? null,
      usableUntil({
        expiresAt: credential.expiresAt,
        notAfter: credential.kind === 'certificate' ? credential.notAfter : undefined,
        revokedAt: credential.revokedAt,
      }),
      ...kindValues(credential),
    ],
  );
  return inserted === 1;
}

function kindValues(credential: Credential): Value[] {
  const nothing = (count: number): null[] => new Array<null>(count).fill(null);
  switch (credential.kind) {
    case 'secret': {
      const secret = credential.form === 'hashed' ? credential.hash : credential.sealed;
      return [credential.form, credential.hint, secret, ...nothing(10)];
    }
    case 'key':
      return [...nothing(3), JSON.stringify(credential.jwk), credential.thumbprint, ...nothing(8)];
    case 'certificate':
      return [
        ...nothing(5),
        credential.x5t,
        credential.fingerprint256,
        credential.serialNumber,
        credential.subject,
        credential.notBefore,
        credential.notAfter,
        credential.der ?? null,
        credential.authorityId ?? null,
      ];
  }
}

/** Sets `revokedAt` where it is not set; whether it was. */
export async function setCredentialRevoked(
  transaction: Transaction,
  key: { readonly clientId: string; readonly credentialId: string },
  at: number,
): Promise<boolean> {
  const revoked = await transaction.run(
    `UPDATE credentials SET revoked_at = ?, usable_until = 0
     WHERE id = ? AND client_id = ? AND revoked_at IS NULL`,
    [at, key.credentialId, key.clientId],
  );
  return revoked === 1;
}

/** Who has the certificate already. */
export async function certificateOwner(transaction: Transaction, x5t: string): Promise<string> {
  const [row] = await transaction.all<{ client_id: string }>(
    'SELECT client_id FROM credentials WHERE x5t = ?',
    [x5t],
  );
  return row?.client_id ?? '';
}
