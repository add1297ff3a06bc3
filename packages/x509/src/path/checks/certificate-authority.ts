import type { CertificateCheck } from './check.ts';

/**
 * An issuer in the path is a certification authority: version 3 with `cA` asserted, and `keyCertSign` where there is a key usage.
 * An anchor of version 1 or 2, which cannot say so, is one because it was named as an anchor.
 */
export const checkCertificateAuthority: CertificateCheck = (certificate, role, _context, report) => {
  if (role === 'leaf') return;
  const { version, basicConstraints, keyUsage } = certificate;
  if (version !== 3) {
    if (role === 'anchor') return;
    report('not_a_ca', 'RFC 5280 §6.1.4 (k)', 'an issuer of version 1 or 2 is not known to be a CA', {
      version,
    });
    return;
  }
  if (basicConstraints === undefined) {
    report('not_a_ca', 'RFC 5280 §6.1.4 (k)', 'the issuer has no basic constraints');
  } else if (!basicConstraints.ca) {
    report('not_a_ca', 'RFC 5280 §6.1.4 (k)', 'the basic constraints of the issuer do not assert cA');
  }
  if (keyUsage !== undefined && !keyUsage.has('keyCertSign')) {
    report(
      'key_usage_missing_cert_sign',
      'RFC 5280 §6.1.4 (n)',
      'the key usage of the issuer lacks keyCertSign',
      {
        keyUsage: [...keyUsage].join(', '),
      },
    );
  }
};
