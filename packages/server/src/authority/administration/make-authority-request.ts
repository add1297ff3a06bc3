import { createCertificateRequest, type RawExtension } from '@mortise/x509';
import { newAuthorityId } from '../authority-id.ts';
import type { AuthorityKeyType, AuthorityRecord, AuthorityRequest } from '../authority-record.ts';
import { authoritySubject } from '../make-authority.ts';
import type { AuthorityKeys, KeyPlace } from '../signers/authority-keys.ts';
import { type AskedConstraints, readConstraints } from './name-constraints-asked.ts';

/** A key for an intermediate, and the request that its root has to sign elsewhere. Rejects with AuthorityError; no key is left on a token then. */
export async function makeAuthorityRequest(options: {
  readonly root: AuthorityRecord;
  readonly keys: AuthorityKeys;
  readonly keyType: AuthorityKeyType;
  readonly place?: KeyPlace;
  readonly constraints: AskedConstraints;
  /** The name constraints of the intermediate that it follows, as they stand there; in place of `constraints`. */
  readonly inherited?: RawExtension | undefined;
  /** Where the root's certificate and its CRL are served; the latter undefined if nowhere. */
  readonly urls: { readonly certificate: string; readonly crl: string | undefined };
  readonly now: number;
}): Promise<AuthorityRequest> {
  const { root, keys, keyType, place = { signer: 'file' }, constraints, urls, now } = options;
  const nameConstraints = readConstraints(constraints);
  const id = newAuthorityId();
  const key = await keys.make(place, { authorityId: id, keyType });
  const subject = authoritySubject('intermediate', root.name);
  const request = await createCertificateRequest({
    subject,
    signer: key.signer,
    basicConstraints: { ca: true, pathLength: 0 },
    keyUsage: ['keyCertSign', 'cRLSign'],
    authorityInformationAccess: { caIssuers: [urls.certificate] },
    ...(urls.crl === undefined ? {} : { crlDistributionPoints: [urls.crl] }),
    ...(nameConstraints === undefined ? {} : { nameConstraints }),
    ...(options.inherited === undefined ? {} : { extensions: [options.inherited] }),
  }).catch(async (error: unknown) => {
    await keys.discard({ id, ...key.record });
    throw error;
  });
  const { signer, sealedPrivateKey, keyLocation } = key.record;
  return {
    id,
    name: root.name,
    parentId: root.id,
    keyType: key.keyType,
    subject,
    request: request.der,
    signer: signer === 'pkcs11' ? 'pkcs11' : 'file',
    ...(sealedPrivateKey === undefined ? {} : { sealedPrivateKey }),
    ...(keyLocation === undefined ? {} : { keyLocation }),
    createdAt: now,
  };
}
