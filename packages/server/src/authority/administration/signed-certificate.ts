import { Certificate, CertificateRequest, lintCertificate, OID, X509Error } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import type { AuthorityRequest } from '../authority-record.ts';

/** Reads one certificate in PEM. Throws AuthorityError `import_invalid`. */
export function readSigned(pem: string): Certificate {
  try {
    return Certificate.parse(pem);
  } catch (error) {
    if (error instanceof X509Error) throw new AuthorityError('import_invalid', error.message);
    throw error;
  }
}

/** Whether a certificate is what was asked for, and signed by whom it was asked of. Throws AuthorityError `import_invalid`. */
export function checkSigned(
  certificate: Certificate,
  {
    request,
    root,
    now,
  }: { readonly request: AuthorityRequest; readonly root: Certificate; readonly now: number },
): void {
  try {
    for (const [wrong, message] of findings(certificate, request, root, now))
      if (wrong) throw invalid(message);
  } catch (error) {
    if (error instanceof X509Error) throw invalid(`it cannot be read: ${error.message}`);
    throw error;
  }
  const fault = lintCertificate(certificate, 'rfc5280', 'error')[0];
  if (fault !== undefined) throw invalid(`it has a fault: ${fault.code}: ${fault.message} (${fault.rule})`);
}

function* findings(
  certificate: Certificate,
  { request, subject }: AuthorityRequest,
  root: Certificate,
  now: number,
): Generator<readonly [boolean, string]> {
  const asked = CertificateRequest.parse(request);
  yield [
    !certificate.issuer.equals(root.subject),
    `it is issued by ${certificate.issuer.toString().slice(0, 200)}, not by its root`,
  ];
  yield [!certificate.verifySignature(root.publicKey), 'it is not signed with the key of its root'];
  yield [!certificate.subject.equals(asked.subject), `its subject is not ${subject}`];
  yield [certificate.basicConstraints?.ca !== true, 'it is no certificate of an authority'];
  const usage = certificate.keyUsage;
  yield [
    usage === undefined || !usage.has('keyCertSign') || !usage.has('cRLSign'),
    'it may not sign certificates and CRLs',
  ];
  yield [certificate.notBefore > now || certificate.notAfter <= now, 'it is not valid at present'];
  yield [certificate.notAfter > root.notAfter, 'it outlives its root'];
  const identifier = certificate.authorityKeyIdentifier?.keyIdentifier;
  yield [
    identifier === undefined || root.subjectKeyIdentifier?.equals(identifier) !== true,
    'its authority key identifier is not that of its root',
  ];
  yield [certificate.subjectKeyIdentifier === undefined, 'it has no subject key identifier'];
  const constraints = asked.extension(OID.nameConstraints)?.value;
  const present = certificate.extension(OID.nameConstraints)?.value;
  yield [
    constraints !== undefined && present?.equals(constraints) !== true,
    'it lacks the name constraints that were asked for',
  ];
}

function invalid(message: string): AuthorityError {
  return new AuthorityError('import_invalid', `the certificate is not what was asked for: ${message}`);
}
