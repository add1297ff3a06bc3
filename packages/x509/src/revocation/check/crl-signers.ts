import type { Certificate } from '../../certificates/certificate.ts';
import { X509Error } from '../../errors.ts';
import type { WorkBudget } from '../../path/budget.ts';
import { CertificateChecks } from '../../path/certificate-checks.ts';
import { PathBuilder } from '../../path/path-builder.ts';
import type { SignatureCache } from '../../path/signature-cache.ts';
import type { TrustAnchor } from '../../path/trust-anchor.ts';
import type { CertificateRevocationList } from '../crl/certificate-revocation-list.ts';
import { isSignedBy } from './crl-signature.ts';
import { type Issuer, issuerOf } from './issuer.ts';
import type { ReportProblem } from './status.ts';

/** What is known to whoever looks for the signer of a CRL. */
export interface SignerSearch {
  /** Epoch milliseconds, a whole second. */
  readonly at: number;
  readonly certificates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  readonly signatures: SignatureCache;
  readonly budget: WorkBudget;
  /** The issuer of the certificate in question, and whoever stands above it in a valid path. */
  readonly issuer: Issuer;
  readonly above: readonly Issuer[];
  /** A key that does not count as a signer. */
  readonly notBy: Buffer | undefined;
  /** Whether a certificate that signed the issuer's own counts as standing above it (a CA's old key). */
  readonly trustIssuersOwnSigner: boolean;
  /** Whether the certificate, by this issuer, is known to be revoked. */
  readonly isRevoked: (certificate: Certificate, issuer: Issuer) => Promise<boolean>;
}

/** The key that signed the CRL, if its holder may (RFC 5280 §6.3.3 (f), (g)); undefined, with a problem reported, otherwise. */
export async function findSigner(
  crl: CertificateRevocationList,
  search: SignerSearch,
  report: ReportProblem,
): Promise<Issuer | undefined> {
  let named = false;
  let forbidden = false;
  for (const trusted of [search.issuer, ...search.above, ...search.anchors]) {
    if (!trusted.subject.equals(crl.issuer) || isKey(trusted, search.notBy)) continue;
    named = true;
    if (!maySignCrls(trusted.certificate)) forbidden = true;
    else if (await isSignedBy(crl, trusted, search.signatures)) return trusted;
  }
  for (const certificate of search.certificates) {
    if (!certificate.subject.equals(crl.issuer) || isKey(certificate, search.notBy)) continue;
    named = true;
    if (!maySignCrls(certificate)) {
      forbidden = true;
      continue;
    }
    const candidate = issuerOf(certificate);
    if (!(await isSignedBy(crl, candidate, search.signatures))) continue;
    const trust = await isTrusted(certificate, search);
    if (trust === 'trusted') return candidate;
    if (trust === 'revoked') report('signer_revoked', 'the certificate of the issuer of the CRL is revoked');
    else report('signer_not_authorized', 'no path leads from the issuer of the CRL to an anchor');
    return undefined;
  }
  if (forbidden) report('signer_not_authorized', 'the key usage of the issuer of the CRL lacks cRLSign');
  else if (named) report('signature_invalid', 'the signature of the CRL is not one by its issuer');
  else report('signer_unknown', 'the certificate of the issuer of the CRL is not at hand');
  return undefined;
}

function isKey(
  { subjectPublicKeyInfo }: Pick<Issuer, 'subjectPublicKeyInfo'>,
  key: Buffer | undefined,
): boolean {
  return key !== undefined && subjectPublicKeyInfo.equals(key);
}

function maySignCrls(certificate: Certificate | undefined): boolean {
  try {
    return certificate?.keyUsage?.has('cRLSign') !== false;
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
}

type Trust = 'trusted' | 'untrusted' | 'revoked';

async function isTrusted(certificate: Certificate, search: SignerSearch): Promise<Trust> {
  const { issuer, signatures } = search;
  const own = issuer.certificate;
  if (search.trustIssuersOwnSigner && own?.issuer.equals(certificate.subject)) {
    // The same key in another certificate is no older key: what the issuer's own says of it counts.
    const older = !isKey(certificate, issuer.subjectPublicKeyInfo);
    if (older && certificate.subject.equals(issuer.subject) && signatures.verifyCertificate(own, certificate))
      return 'trusted';
  }
  const { at, certificates, anchors, budget } = search;
  const checks = new CertificateChecks({ at, purpose: undefined, policy: undefined });
  if (certificate.issuer.equals(issuer.subject) && checks.failures(certificate, 'leaf', 0).length === 0) {
    if (signatures.verifyCertificate(certificate, issuer)) {
      return (await search.isRevoked(certificate, issuer)) ? 'revoked' : 'trusted';
    }
  }
  if (checks.failures(certificate, 'leaf', 0).length > 0) return 'untrusted';
  const policies = {
    initialPolicySet: undefined,
    requireExplicitPolicy: false,
    inhibitPolicyMapping: false,
    inhibitAnyPolicy: false,
  };
  const builder = new PathBuilder({
    leaf: certificate,
    certificates,
    anchors,
    checks,
    signatures,
    budget,
    policies,
    maxDepth: 16,
  });
  for (const { path, anchor } of builder.paths()) {
    let revoked = false;
    for (let i = 0; i < path.length && !revoked; i++) {
      const above = path[i + 1];
      if (above === undefined && path.length === 1 && anchor.certificate?.equals(path[0]!)) break;
      revoked = await search.isRevoked(path[i]!, issuerOf(above ?? anchor));
    }
    return revoked ? 'revoked' : 'trusted';
  }
  return 'untrusted';
}
