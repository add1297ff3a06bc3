import { Certificate } from '../../certificates/certificate.ts';
import { X509Error } from '../../errors.ts';
import { BudgetExhausted, DEFAULT_WORK_UNITS, WorkBudget } from '../../path/budget.ts';
import { parseAnchors, parseCertificates, secondOf } from '../../path/inputs.ts';
import { checkAmount, checkList } from '../../path/option-checks.ts';
import type { AnchorInput, CertificateInput } from '../../path/options.ts';
import { SignatureCache } from '../../path/signature-cache.ts';
import { issuerOf } from './issuer.ts';
import { type CrlInput, loadRevocationData, type OcspResponseInput } from './load-inputs.ts';
import { RevocationChecker } from './revocation-checker.ts';
import type { RevocationStatus } from './status.ts';

/** What {@link checkRevocation} is asked: about which certificate, by which issuer, with what at hand. */
export interface CheckRevocationOptions {
  readonly certificate: CertificateInput;
  /** Who issued it: a certificate, or a name and a key. Taken to be trusted; its own path is the caller's affair. */
  readonly issuer: AnchorInput;
  /** Certificates of those who sign CRLs and responses, in any order. */
  readonly certificates?: readonly CertificateInput[];
  /** What paths of CRL issuers other than `issuer` may end in. */
  readonly anchors?: readonly AnchorInput[];
  readonly crls?: readonly CrlInput[];
  readonly ocspResponses?: readonly OcspResponseInput[];
  /** A number is epoch milliseconds. */
  readonly at: Date | number;
  /** Oldest thisUpdate that is believed. Default: seven days where there is no nextUpdate, no limit elsewhere. */
  readonly maxAgeSeconds?: number;
  /** The nonce of the OCSP request, which a response must repeat. Default: none is asked for. */
  readonly nonce?: Uint8Array;
  /** Whether CRLs and responses signed with SHA-1 are believed, as old authorities still make them. Default true; `validatePath` never does. */
  readonly acceptWeakSignatures?: boolean;
  /** As for `validatePath`. Default 64. */
  readonly maxWorkUnits?: number;
}

/**
 * Whether a certificate is revoked, by the CRLs (RFC 5280 §6.3) and OCSP responses (RFC 6960) at hand. Fetches nothing: `unknown` says what was
 * wrong with each of them, and what could be fetched. Throws TypeError or X509Error for a certificate or issuer that cannot be read.
 */
export async function checkRevocation(options: CheckRevocationOptions): Promise<RevocationStatus> {
  const at = secondOf(options.at);
  checkList(options.certificates, 'certificates');
  checkList(options.anchors, 'anchors');
  checkList(options.crls, 'crls');
  checkList(options.ocspResponses, 'ocspResponses');
  checkAmount(options.maxAgeSeconds, 'maxAgeSeconds');
  checkAmount(options.maxWorkUnits, 'maxWorkUnits');
  const certificate =
    options.certificate instanceof Certificate ? options.certificate : Certificate.parse(options.certificate);
  const issuers = parseAnchors([options.issuer]);
  const [issuer] = issuers.anchors;
  if (issuer === undefined)
    throw issuers.errors[0] ?? new X509Error('certificate_invalid', 'there is no issuer', 'issuer');
  const budget = new WorkBudget(options.maxWorkUnits ?? DEFAULT_WORK_UNITS);
  const data = await loadRevocationData(options.crls ?? [], options.ocspResponses ?? []);
  const checker = new RevocationChecker({
    data,
    certificates: parseCertificates(options.certificates ?? []).certificates,
    anchors: parseAnchors(options.anchors ?? []).anchors,
    signatures: new SignatureCache(budget),
    budget,
    rules: {
      at,
      policy: undefined,
      maxAgeSeconds: options.maxAgeSeconds,
      acceptWeakSignatures: options.acceptWeakSignatures ?? true,
    },
    nonce: options.nonce,
    trustIssuersOwnSigner: true,
  });
  try {
    return await checker.check(certificate, issuerOf(issuer), []);
  } catch (cause) {
    if (!(cause instanceof BudgetExhausted)) throw cause;
    const message = 'there was more to check than the work budget allows';
    const problem = { code: 'budget_exhausted', source: 'crl', message } as const;
    return { status: 'unknown', problems: [...data.problems, problem], needs: [], crlAtHand: false };
  }
}
