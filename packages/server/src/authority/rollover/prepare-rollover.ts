import { randomBytes } from 'node:crypto';
import type { AuthorityRecord } from '../authority-record.ts';
import type { IssuedCertificate } from '../issued-certificate.ts';
import type { SigningAuthority } from '../make-authority.ts';
import { type CrossContext, crossCertify, crossRecord, mayStandAbove } from './cross-certificates.ts';
import type { RolloverRecord } from './rollover-record.ts';

/** What is recorded when a rollover begins. */
export interface PreparedRollover {
  readonly rollover: RolloverRecord;
  readonly root: AuthorityRecord;
  readonly crossCertificates: readonly IssuedCertificate[];
}

/** Certifies both roots by each other, as far as the old one allows another authority under it. */
export async function prepareRollover(parts: {
  readonly name: string;
  readonly oldRoot: SigningAuthority;
  readonly newRoot: SigningAuthority;
  readonly context: CrossContext;
}): Promise<PreparedRollover> {
  const { name, oldRoot, newRoot, context } = parts;
  const newByOld = mayStandAbove(oldRoot.certificate)
    ? await crossCertify(newRoot, oldRoot, context)
    : undefined;
  const oldByNew = await crossCertify(oldRoot, newRoot, context);
  return {
    rollover: {
      id: `roll_${randomBytes(12).toString('base64url')}`,
      name,
      oldRootId: oldRoot.record.id,
      newRootId: newRoot.record.id,
      ...(newByOld === undefined ? {} : { newByOld: newByOld.der }),
      oldByNew: oldByNew.der,
      waived: [],
      publishedAt: context.now,
      revision: 1,
    },
    root: newRoot.record,
    crossCertificates: [
      ...(newByOld === undefined ? [] : [crossRecord(newByOld, oldRoot.record.id, context.now)]),
      crossRecord(oldByNew, newRoot.record.id, context.now),
    ],
  };
}
