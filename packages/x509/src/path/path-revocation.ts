import type { Certificate } from '../certificates/certificate.ts';
import { type Issuer, issuerOf } from '../revocation/check/issuer.ts';
import type { RevocationData } from '../revocation/check/load-inputs.ts';
import { RevocationChecker } from '../revocation/check/revocation-checker.ts';
import type { RevocationStatus } from '../revocation/check/status.ts';
import type { WorkBudget } from './budget.ts';
import type { ValidationPolicy } from './checks/check.ts';
import type { PathFailure } from './failure.ts';
import type { BuiltPath } from './path-builder.ts';
import type { SignatureCache } from './signature-cache.ts';

/** The status of one certificate of a path. */
export interface CertificateRevocation {
  readonly certificate: Certificate;
  readonly status: RevocationStatus;
}

export interface PathRevocationInputs {
  readonly data: RevocationData;
  /** `available`: revoked fails. `require`: what is not known to be good fails. */
  readonly mode: 'available' | 'require';
  readonly at: number;
  readonly policy: ValidationPolicy | undefined;
  readonly certificates: readonly Certificate[];
  readonly signatures: SignatureCache;
  readonly budget: WorkBudget;
}

export interface PathRevocation {
  readonly failures: readonly PathFailure[];
  readonly statuses: readonly CertificateRevocation[];
}

/**
 * Asks for the status of every certificate of a built path but the anchor's own, from the anchor down (RFC 5280 §6.1.3 (a)(3)).
 *
 * Under a policy, a CRL at hand that bears the issuer's name and conforms in form but cannot be used refuses the certificate in mode
 * `available`, too: somebody who hands in a CRL wants it obeyed.
 */
export async function checkPathRevocation(
  built: BuiltPath,
  inputs: PathRevocationInputs,
): Promise<PathRevocation> {
  const { path, anchor } = built;
  const { at, policy, budget, signatures, certificates, data } = inputs;
  const checker = new RevocationChecker({
    data,
    certificates,
    anchors: [anchor],
    signatures,
    budget,
    rules: { at, policy, maxAgeSeconds: undefined, acceptWeakSignatures: false },
    nonce: undefined,
    trustIssuersOwnSigner: false,
  });
  const failures: PathFailure[] = [];
  const statuses: CertificateRevocation[] = [];
  const above: Issuer[] = [];
  let issuer: Issuer = issuerOf(anchor);
  const top = path.length === 1 && anchor.certificate?.equals(path[0]!) ? -1 : path.length - 1;
  for (let depth = top; depth >= 0; depth--) {
    const certificate = path[depth]!;
    const status = await checker.check(certificate, issuer, above);
    statuses.unshift({ certificate, status });
    const failure = failureOf(status, certificate, depth, inputs);
    if (failure !== undefined) failures.push(failure);
    above.unshift(issuer);
    issuer = issuerOf(certificate);
  }
  return { failures, statuses };
}

function failureOf(
  status: RevocationStatus,
  certificate: Certificate,
  depth: number,
  { mode, policy }: PathRevocationInputs,
): PathFailure | undefined {
  const rule = 'RFC 5280 §6.1.3 (a)(3)';
  if (status.status === 'good') return undefined;
  if (status.status === 'revoked') {
    const { reason, revokedAt, source } = status;
    const values = { reason, revokedAt: new Date(revokedAt).toISOString(), source };
    return { code: 'revoked', certificate, depth, rule, message: 'the certificate is revoked', values };
  }
  if (mode === 'available' && (policy === undefined || !status.crlAtHand)) return undefined;
  const problems = status.problems.map(({ source, code, message }) => `${source}: ${code}: ${message}`);
  const values = { problems: problems.join('; ') || 'no CRL or OCSP response is at hand' };
  const message = 'it is not known whether the certificate is revoked';
  return { code: 'revocation_unknown', certificate, depth, rule, message, values };
}
