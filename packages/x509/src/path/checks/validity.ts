import type { CertificateCheck } from './check.ts';

const RULE = 'RFC 5280 §6.1.3 (a)(2)';

/** The time lies within the validity period, both seconds included. Trust anchors that are certificates are held to theirs as well. */
export const checkValidity: CertificateCheck = (certificate, _role, { at }, report) => {
  const { notBefore, notAfter } = certificate;
  if (at > notAfter) {
    report('expired', RULE, 'the certificate has expired', { notAfter: isoTime(notAfter), at: isoTime(at) });
  } else if (at < notBefore) {
    report('not_yet_valid', RULE, 'the certificate is not valid yet', {
      notBefore: isoTime(notBefore),
      at: isoTime(at),
    });
  }
  if (notAfter < notBefore) {
    report('validity_invalid', 'RFC 5280 §4.1.2.5', 'the certificate ends before it begins', {
      notBefore: isoTime(notBefore),
      notAfter: isoTime(notAfter),
    });
  }
};

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
