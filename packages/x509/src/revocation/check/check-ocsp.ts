import { hash } from 'node:crypto';
import { OID } from '../../asn1/oids.ts';
import { Certificate } from '../../certificates/certificate.ts';
import { X509Error } from '../../errors.ts';
import { checkAlgorithmAgreement } from '../../path/checks/algorithms.ts';
import { checkCriticalExtensions } from '../../path/checks/critical-extensions.ts';
import type { SignatureCache } from '../../path/signature-cache.ts';
import { identifies, publicKeyOctets } from '../ocsp/certificate-id.ts';
import { OCSP_OID } from '../ocsp/object-identifiers.ts';
import type { BasicOcspResponse, OcspResponse, SingleResponse } from '../ocsp/ocsp-response.ts';
import { isCurrent, isTrustedAlgorithm, type UsabilityRules } from './crl-usability.ts';
import { type Issuer, issuerOf } from './issuer.ts';
import type { ReportProblem, RevocationStatus } from './status.ts';

export interface OcspRules extends UsabilityRules {
  /** The nonce that was sent; undefined: none is asked for. */
  readonly nonce: Uint8Array | undefined;
  readonly signatures: SignatureCache;
  /** Certificates that may belong to responders, beside those in the responses. */
  readonly certificates: readonly Certificate[];
  /** Whether a delegated responder's own certificate is known to be revoked. */
  readonly isRevoked: (responder: Certificate) => Promise<boolean>;
}

type Decided = Exclude<RevocationStatus, { status: 'unknown' }>;

/** Most certificates of a response that are looked at. */
const MAX_CERTIFICATES = 16;

/** What one response says of the certificate (RFC 6960 §3.2); undefined, with a problem reported, if nothing. */
export async function ocspStatus(
  certificate: Certificate,
  issuer: Issuer,
  response: OcspResponse,
  rules: OcspRules,
  report: ReportProblem,
): Promise<Decided | undefined> {
  const { basic } = response;
  if (basic === undefined) {
    report('error_response', `the responder answered ${response.status}`);
    return undefined;
  }
  const answers = basic.responses.filter(({ id }) => identifies(id, certificate.serialBytes, issuer));
  if (answers.length === 0) {
    report('no_answer', 'the response is about other certificates');
    return undefined;
  }
  if (!isAcceptable(basic, certificate, rules, report)) return undefined;
  const current: SingleResponse[] = [];
  for (const answer of answers) {
    if (hasUnknownCritical(answer.extensions, OCSP_OID.signedCertificateTimestamps, report)) return undefined;
    if (isCurrent(answer.thisUpdate, answer.nextUpdate, rules, report)) current.push(answer);
  }
  if (current.length === 0) return undefined;
  if (!(await hasResponder(basic, issuer, rules, report))) return undefined;
  return strictest(current, report);
}

function isAcceptable(
  basic: BasicOcspResponse,
  certificate: Certificate,
  rules: OcspRules,
  report: ReportProblem,
): boolean {
  const { nonce } = rules;
  if (nonce !== undefined && basic.nonce?.equals(nonce) !== true) {
    report('nonce_mismatch', 'the response does not repeat the nonce of the request');
    return false;
  }
  if (hasUnknownCritical(basic.extensions, OCSP_OID.nonce, report)) return false;
  if (basic.producedAt < certificate.notBefore || basic.producedAt > certificate.notAfter) {
    report('stale', 'the response was not produced while the certificate was valid');
    return false;
  }
  return true;
}

function hasUnknownCritical(
  extensions: BasicOcspResponse['extensions'],
  known: string,
  report: ReportProblem,
): boolean {
  if (!extensions.some(({ critical, oid }) => critical && oid !== known)) return false;
  report('unknown_critical_extension', 'the response has a critical extension that is not known');
  return true;
}

/** Of several answers the worst counts: revoked before unknown before good. */
function strictest(answers: readonly SingleResponse[], report: ReportProblem): Decided | undefined {
  const ends = answers.map(({ nextUpdate }) => nextUpdate ?? Number.POSITIVE_INFINITY);
  const validUntil = Math.min(...ends);
  const revoked = answers.find(({ status }) => status === 'revoked');
  if (revoked !== undefined) {
    return {
      status: 'revoked',
      source: 'ocsp',
      revokedAt: revoked.revokedAt!,
      reason: revoked.reason ?? 'unspecified',
      invalidityDate: undefined,
      validUntil,
    };
  }
  if (answers.every(({ status }) => status === 'good')) return { status: 'good', source: 'ocsp', validUntil };
  report('status_unknown', 'the responder does not know the certificate');
  return undefined;
}

/** Whether the issuer, or a responder to which it gave the task, signed the response (RFC 6960 §4.2.2.2). */
async function hasResponder(
  basic: BasicOcspResponse,
  issuer: Issuer,
  rules: OcspRules,
  report: ReportProblem,
): Promise<boolean> {
  if (!isTrustedAlgorithm(basic.signatureAlgorithm, rules, report)) return false;
  const { signatures } = rules;
  const { signatureAlgorithm, signature } = basic;
  const signed = { signatureAlgorithm, signedBytes: basic.tbsResponseData, signature };
  let named = false;
  if (isNamed(basic, issuer)) {
    named = true;
    if (signatures.verify(basic, issuer, signed)) return true;
  }
  let why: string | undefined;
  for (const responder of responders(basic, rules)) {
    if (!isNamed(basic, responder)) continue;
    named = true;
    if (!signatures.verify(basic, issuerOf(responder), signed)) continue;
    why = notDelegated(responder, issuer, rules, report);
    if (why !== undefined) continue;
    if (responder.extension(OID.ocspNoCheck) === undefined && (await rules.isRevoked(responder))) {
      report('signer_revoked', 'the certificate of the responder is revoked');
      return false;
    }
    return true;
  }
  if (why !== undefined) report('signer_not_authorized', why);
  else if (named) report('signature_invalid', 'the signature of the response is not one by its responder');
  else report('signer_unknown', 'the certificate of the responder is not at hand');
  return false;
}

function* responders(basic: BasicOcspResponse, rules: OcspRules): Generator<Certificate, void, void> {
  for (const der of basic.certificates.slice(0, MAX_CERTIFICATES)) {
    try {
      yield Certificate.parse(der);
    } catch (cause) {
      if (!(cause instanceof X509Error)) throw cause;
    }
  }
  yield* rules.certificates;
}

function isNamed(
  { responderId }: BasicOcspResponse,
  by: Pick<Issuer, 'subject' | 'subjectPublicKeyInfo'>,
): boolean {
  if ('name' in responderId) return responderId.name.equals(by.subject);
  try {
    return hash('sha1', publicKeyOctets(by.subjectPublicKeyInfo), 'buffer').equals(responderId.keyHash);
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
}

/** Why the certificate is not one of a responder by the issuer's own hand; undefined if it is. */
function notDelegated(
  responder: Certificate,
  issuer: Issuer,
  rules: OcspRules,
  report: ReportProblem,
): string | undefined {
  let why: string | undefined;
  const fail = (_code: string, _rule: string, message: string): void => {
    why ??= message;
  };
  try {
    if (!responder.issuer.equals(issuer.subject))
      return 'the issuer of the certificate did not certify the responder';
    if (responder.extendedKeyUsage?.includes(OID.ocspSigning) !== true)
      return 'the responder may not sign OCSP responses';
    if (responder.keyUsage?.has('digitalSignature') === false) return 'the responder may not sign';
    if (rules.at < responder.notBefore || rules.at > responder.notAfter)
      return "the responder's certificate is not valid now";
    const context = { at: rules.at, purpose: undefined, policy: undefined };
    checkCriticalExtensions(responder, 'leaf', context, fail);
    checkAlgorithmAgreement(responder, 'leaf', context, fail);
    if (why !== undefined) return why;
    if (!isTrustedAlgorithm(responder.signatureAlgorithm, rules, report))
      return 'the signature of the responder is weak';
  } catch (cause) {
    if (cause instanceof X509Error) return cause.message;
    throw cause;
  }
  if (rules.signatures.verifyCertificate(responder, issuer)) return undefined;
  return 'the issuer of the certificate did not certify the responder';
}
