import { type Certificate, X509Error } from '@mortise/x509';
import type { CertificateFile, NamedLeaf } from './certificate-file.ts';

/**
 * What of a file is to be verified: the certificate of each private key; without one, the first certificate that issued no
 * other of the file, and that is no CA where there is a choice (bundles come in any order).
 */
export function chooseLeaves({ keyed, certificates }: CertificateFile): NamedLeaf[] {
  if (keyed.length > 0) return [...keyed];
  const [first] = certificates;
  const issuers = new Set(certificates.flatMap((one) => issuerOf(one) ?? []));
  const ends = certificates.filter((one) => !issuers.has(subjectOf(one)));
  const leaf = ends.find((one) => !isCa(one)) ?? ends[0] ?? first;
  return leaf === undefined ? [] : [{ alias: undefined, leaf }];
}

/** The issuer as RFC 5280 §7.1 compares it; undefined for a certificate that names itself, or that cannot be read. */
function issuerOf(certificate: Certificate): string | undefined {
  try {
    return certificate.selfIssued ? undefined : certificate.issuer.normalized;
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}

function subjectOf(certificate: Certificate): string {
  try {
    return certificate.subject.normalized;
  } catch (error) {
    if (error instanceof X509Error) return '';
    throw error;
  }
}

function isCa(certificate: Certificate): boolean {
  try {
    return certificate.basicConstraints?.ca ?? false;
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}
