import type { Authority, AuthorityRecord } from '../../authority/index.ts';
import type { CertificateStatus } from './store.ts';

/** What publishing asks of the authority. */
export type PublishingAuthorities = Pick<
  Authority,
  'list' | 'certificate' | 'signing' | 'issueResponderCertificate' | 'epoch'
>;

/** The authorities that this one signed, as the certificates that they also are; listed in the first partition. */
export function signedAuthorities(
  authorities: Pick<PublishingAuthorities, 'list' | 'certificate'>,
  authorityId: string,
): (CertificateStatus & { readonly notAfter: number })[] {
  return authorities
    .list()
    .filter(({ parentId }) => parentId === authorityId)
    .map((record) => ({ ...statusOf(authorities, record, authorityId), notAfter: record.notAfter }));
}

function statusOf(
  authorities: Pick<PublishingAuthorities, 'certificate'>,
  { id, fingerprint256, revokedAt, revocationReason }: AuthorityRecord,
  authorityId: string,
): CertificateStatus {
  return {
    authorityId,
    partition: 0,
    fingerprint256,
    serialNumber: authorities.certificate(id)?.serialNumber ?? '',
    ...(revokedAt === undefined
      ? {}
      : { revoked: { at: revokedAt, reason: revocationReason ?? 'unspecified' } }),
  };
}
