import {
  type Certificate,
  type CertificateRevocation,
  type PathFailure,
  type RevocationStatus,
  summarizeCertificate,
} from '@mortise/x509';
import type { Source, Verification, Verified } from './verification.ts';
import { nameText } from './verification-text.ts';

/** The same for a program. Times are epoch seconds. */
export function verificationDocument({ source, question, verified }: Verification): object {
  const { name, purpose, at, policy, revocation, anchors } = question;
  return {
    valid: verified.every(({ result }) => result.valid),
    source: sourceDocument(source),
    ...(name === undefined ? {} : { name: nameText(name) }),
    ...(purpose === undefined ? {} : { purpose }),
    at: seconds(at),
    ...(policy === undefined ? {} : { policy }),
    revocation,
    anchors: {
      source: anchors.files.length === 0 ? 'node' : 'files',
      ...(anchors.files.length === 0 ? {} : { files: anchors.files }),
      count: anchors.certificates.length,
    },
    certificates: verified.map(verifiedDocument),
  };
}

function sourceDocument(source: Source): object {
  if (source.kind === 'file') return source;
  const { kind, address, protocol, certificates, ocspResponse, ended } = source;
  return {
    kind,
    address,
    ...(protocol === undefined ? {} : { protocol }),
    certificates: certificates.length,
    ocsp_stapled: ocspResponse !== undefined,
    ...(ended === undefined ? {} : { ended }),
  };
}

function verifiedDocument({ alias, leaf, result, lint }: Verified): object {
  const found = result.valid
    ? {
        valid_until: seconds(result.validUntil),
        path: result.path.map(certificateDocument),
        anchor: {
          subject: result.anchor.subject.toString(),
          ...(result.anchor.certificate === undefined
            ? {}
            : { fingerprint256: result.anchor.certificate.fingerprint256 }),
        },
        policies: result.policies,
        revocation: result.revocation.map(revocationDocument),
      }
    : {
        failures: result.failures.map(failureDocument),
        candidates: result.candidates.map(({ path, failures }) => ({
          path: path.map(({ fingerprint256 }) => fingerprint256),
          failures: [...new Set(failures.map(({ code }) => code))],
        })),
      };
  return {
    ...(alias === undefined ? {} : { alias }),
    valid: result.valid,
    certificate: certificateDocument(leaf),
    ...found,
    lint: lint.flatMap(({ certificate, findings }) =>
      findings.map((finding) => ({ fingerprint256: certificate.fingerprint256, ...finding })),
    ),
  };
}

function certificateDocument(certificate: Certificate): object {
  const summary = summarizeCertificate(certificate);
  return {
    subject: summary.subject,
    issuer: summary.issuer,
    names: summary.names,
    serial_number: summary.serialNumber,
    not_before: seconds(summary.notBefore),
    not_after: seconds(summary.notAfter),
    key: summary.key,
    signature: summary.signature,
    ca: summary.ca,
    ...(summary.purposes === undefined ? {} : { purposes: summary.purposes }),
    fingerprint256: summary.fingerprint256,
    spki_sha256: summary.spkiSha256,
  };
}

function failureDocument({ code, certificate, depth, rule, message, values }: PathFailure): object {
  return {
    code,
    rule,
    message,
    ...(values === undefined ? {} : { values }),
    ...(depth === undefined ? {} : { depth }),
    ...(certificate === undefined
      ? {}
      : {
          fingerprint256: certificate.fingerprint256,
          subject: summarizeCertificate(certificate).subject,
        }),
  };
}

function revocationDocument({ certificate, status }: CertificateRevocation): object {
  return { fingerprint256: certificate.fingerprint256, ...statusDocument(status) };
}

function statusDocument(status: RevocationStatus): object {
  if (status.status !== 'unknown') {
    const { source, validUntil } = status;
    return {
      status: status.status,
      source,
      ...(Number.isFinite(validUntil) ? { valid_until: seconds(validUntil) } : {}),
    };
  }
  return {
    status: 'unknown',
    problems: status.problems.map(({ code, source, message }) => ({ code, source, message })),
    needs: status.needs.map(({ kind, uri }) => ({ kind, uri })),
  };
}

function seconds(at: number): number {
  return Math.floor(at / 1000);
}
