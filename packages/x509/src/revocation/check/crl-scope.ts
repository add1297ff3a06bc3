import { encodeDer } from '../../asn1/der-writer.ts';
import { TAG } from '../../asn1/tags.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import {
  type DistributionPoint,
  type DistributionPointName,
  REASON_FLAGS,
  type ReasonFlag,
} from '../../certificates/extensions/distribution-points.ts';
import type { GeneralName } from '../../names/general-name.ts';
import { Name } from '../../names/name.ts';
import type { CertificateRevocationList } from '../crl/certificate-revocation-list.ts';

/** Every reason that a CRL can be limited to. */
export const ALL_REASONS: readonly ReasonFlag[] = REASON_FLAGS.filter((reason) => reason !== 'unused');

/** The point that stands in for a certificate without distribution points: any name, all reasons, the certificate's issuer (RFC 5280 §6.3.3). */
export const ANY_POINT: DistributionPoint = { name: undefined, reasons: undefined, crlIssuer: undefined };

/** The distribution points under which CRLs are looked for. */
export function distributionPoints(certificate: Certificate): readonly DistributionPoint[] {
  const points = certificate.crlDistributionPoints;
  return points === undefined || points.length === 0 ? [ANY_POINT] : points;
}

/** Whether the CRL comes from whom the distribution point names, or else from the certificate's issuer (§6.3.3 (b)(1)). */
export function isIssuerOf(
  crl: CertificateRevocationList,
  point: DistributionPoint,
  certificate: Certificate,
): boolean {
  const idp = crl.issuingDistributionPoint;
  if (point.crlIssuer !== undefined) {
    if (!idp?.indirectCRL) return false;
    return point.crlIssuer.some((name) => name.type === 'directory' && name.name.equals(crl.issuer));
  }
  if (!crl.issuer.equals(certificate.issuer)) return false;
  // A partition that speaks for several issuers is meant for certificates that say so.
  return !(idp?.indirectCRL && idp.name !== undefined);
}

/** Why the CRL does not cover the certificate by its issuing distribution point (§6.3.3 (b)(2)); undefined if it does. */
export function outOfScope(
  crl: CertificateRevocationList,
  point: DistributionPoint,
  certificate: Certificate,
): string | undefined {
  const idp = crl.issuingDistributionPoint;
  if (idp === undefined) return undefined;
  if (idp.onlyContainsAttributeCerts) return 'the CRL is for attribute certificates';
  if (idp.onlyContainsUserCerts || idp.onlyContainsCACerts) {
    if (certificate.version !== 3) return 'the CRL is for a kind of certificates that version 1 cannot tell';
    const ca = certificate.basicConstraints?.ca === true;
    if (idp.onlyContainsUserCerts && ca) return 'the CRL is for certificates that are no CA';
    if (idp.onlyContainsCACerts && !ca) return 'the CRL is for certificates of CAs';
  }
  if (idp.name === undefined) return undefined;
  const own = namesOf(idp.name, [crl.issuer]);
  const issuers = directoryNames(point.crlIssuer) ?? [certificate.issuer];
  let wanted: readonly GeneralName[];
  if (point.name !== undefined) wanted = namesOf(point.name, issuers);
  else wanted = issuers.map((name): GeneralName => ({ type: 'directory', name }));
  const meets = own.some((name) => wanted.some((other) => sameName(name, other)));
  return meets ? undefined : 'the CRL is for another distribution point';
}

/** The reasons that the CRL covers for this point (§6.3.3 (d)). */
export function coveredReasons(
  crl: CertificateRevocationList,
  point: DistributionPoint,
): readonly ReasonFlag[] {
  const only = crl.issuingDistributionPoint?.onlySomeReasons;
  return ALL_REASONS.filter(
    (reason) =>
      (only === undefined || only.has(reason)) && (point.reasons === undefined || point.reasons.has(reason)),
  );
}

function directoryNames(names: readonly GeneralName[] | undefined): readonly Name[] | undefined {
  return names?.flatMap((name) => (name.type === 'directory' ? [name.name] : []));
}

/** Full names as they are; a relative one below each of the issuers. */
function namesOf(name: DistributionPointName, issuers: readonly Name[]): readonly GeneralName[] {
  if (name.fullName !== undefined) return name.fullName;
  const { relativeName } = name;
  return issuers.map((issuer): GeneralName => {
    const der = encodeDer((writer) => {
      writer.sequence(() => {
        writer.raw(contentOf(issuer));
        writer.primitive(TAG.set, relativeName);
      });
    });
    return { type: 'directory', name: Name.fromDer(der) };
  });
}

/** The RDNs of a name without the header around them. */
function contentOf(name: Name): Buffer {
  const length = name.der[1]!;
  return name.der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
}

/** URIs are compared octet by octet, as the web PKI demands (CA/Browser Forum BR §7.2.2.1). */
function sameName(a: GeneralName, b: GeneralName): boolean {
  if (a.type === 'directory') return b.type === 'directory' && a.name.equals(b.name);
  return a.type === 'uri' && b.type === 'uri' && a.value === b.value;
}
