import {
  type Certificate,
  CertificateRevocationList,
  signatureScheme,
  verifySignature,
  X509Error,
} from '@mortise/x509';
import type { AuthorityRecord } from '../../../authority/index.ts';
import { RevocationError, type RevocationErrorCode } from '../../revocation-error.ts';
import type { PublishedCrl } from '../store.ts';

/** A root whose key is kept elsewhere. */
export interface OfflineRoot {
  readonly record: AuthorityRecord;
  readonly certificate: Certificate;
}

/** Reads a CRL in PEM. Throws RevocationError `crl_invalid`. */
export function readCrl(pem: string): CertificateRevocationList {
  try {
    return CertificateRevocationList.parse(pem);
  } catch (error) {
    if (error instanceof X509Error) throw refused('crl_invalid', `it cannot be read: ${error.message}`);
    throw error;
  }
}

/** Finds the root that signed a CRL. Throws RevocationError `crl_issuer_unknown` or `crl_signature_invalid`. */
export function signerOf(crl: CertificateRevocationList, roots: readonly OfflineRoot[]): OfflineRoot {
  const named = roots.filter(({ certificate }) => certificate.subject.equals(crl.issuer));
  if (named.length === 0) {
    const issuer = crl.issuer.toString().slice(0, 200);
    throw refused(
      'crl_issuer_unknown',
      `it is issued by ${issuer}, which is no root here that is kept offline`,
    );
  }
  const signer = named.find(({ certificate }) => isSignedBy(crl, certificate));
  if (signer !== undefined) return signer;
  throw refused('crl_signature_invalid', 'it is not signed with the key of its root, or with a broken hash');
}

function isSignedBy(crl: CertificateRevocationList, root: Certificate): boolean {
  const { signatureAlgorithm, signatureAlgorithmsMatch, tbsCertList, signature } = crl;
  try {
    const scheme = signatureScheme(signatureAlgorithm);
    if (scheme.weak || !signatureAlgorithmsMatch) return false;
    return verifySignature(scheme, root.publicKey, tbsCertList, signature);
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}

/**
 * After a higher number fewer than 2^32 could follow, as numbers are kept here: a root would come to where nothing can be revoked any more. Only the
 * very next number goes beyond it.
 */
const highestNumber = Number.MAX_SAFE_INTEGER - 2 ** 32;

/**
 * Whether a root's CRL can take the place of the one that is published: complete, of the right form, newer and current. Answers its number and its
 * `nextUpdate`. Throws RevocationError.
 */
export function checkForm(
  crl: CertificateRevocationList,
  { certificate }: OfflineRoot,
  previous: Pick<PublishedCrl, 'number' | 'thisUpdate'> | undefined,
  now: number,
): { readonly number: number; readonly nextUpdate: number } {
  for (const [wrong, code, message] of findings(crl, certificate, now))
    if (wrong) throw refused(code, message);
  const number = Number(crl.crlNumber);
  const { nextUpdate } = crl;
  if (nextUpdate === undefined) throw refused('crl_invalid', 'it has no nextUpdate');
  const next = previous !== undefined && number === previous.number + 1;
  if (number > (next ? Number.MAX_SAFE_INTEGER : highestNumber)) {
    throw refused(
      'crl_invalid',
      `its number, ${crl.crlNumber}, is above ${highestNumber}: fewer than 2^32 others could follow it, and each CRL has a higher one`,
    );
  }
  if (previous !== undefined && (number <= previous.number || crl.thisUpdate < previous.thisUpdate)) {
    throw refused(
      'crl_outdated',
      `its number is ${number} and its thisUpdate ${iso(crl.thisUpdate)}; published is number ${previous.number} of ${iso(previous.thisUpdate)}`,
    );
  }
  return { number, nextUpdate };
}

function* findings(
  crl: CertificateRevocationList,
  root: Certificate,
  now: number,
): Generator<readonly [boolean, RevocationErrorCode, string]> {
  const { thisUpdate, nextUpdate = thisUpdate } = crl;
  const identifier = crl.authorityKeyIdentifier?.keyIdentifier;
  yield [crl.crlNumber === undefined, 'crl_invalid', 'it has no number'];
  yield [crl.deltaBase !== undefined, 'crl_invalid', 'it is a delta CRL, and a complete one is needed'];
  yield [
    crl.issuingDistributionPoint !== undefined,
    'crl_invalid',
    'it has an issuing distribution point, and the CRL of a root covers everything',
  ];
  yield [
    crl.extensions.some(({ critical }) => critical),
    'crl_invalid',
    'it has a critical extension that nobody has to know',
  ];
  yield [
    [...crl.entries()].some(({ reason }) => reason === 'removeFromCRL'),
    'crl_invalid',
    'an entry has the reason removeFromCRL, which is for delta CRLs',
  ];
  yield [
    identifier !== undefined && root.subjectKeyIdentifier?.equals(identifier) === false,
    'crl_invalid',
    'its authority key identifier is not that of its root',
  ];
  yield [!crl.timesConform, 'crl_invalid', 'its times are not in the forms of RFC 5280 §5.1.2.4'];
  yield [thisUpdate > now, 'crl_times_invalid', `its thisUpdate, ${iso(thisUpdate)}, is in the future`];
  yield [
    thisUpdate < root.notBefore,
    'crl_times_invalid',
    'its thisUpdate is before the beginning of its root',
  ];
  yield [nextUpdate <= now, 'crl_times_invalid', `its nextUpdate, ${iso(nextUpdate)}, is over`];
  yield [nextUpdate > root.notAfter, 'crl_times_invalid', 'its nextUpdate is after the end of its root'];
}

const iso = (time: number): string => new Date(time).toISOString();

export function refused(code: RevocationErrorCode, message: string): RevocationError {
  return new RevocationError(code, `the CRL is refused: ${message}`);
}
