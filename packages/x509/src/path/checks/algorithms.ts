import { OID } from '../../asn1/oids.ts';
import { X509Error } from '../../errors.ts';
import { type PublicKeyInfo, readPublicKeyInfo } from '../../keys/public-key.ts';
import { signatureScheme } from '../../keys/signature-schemes.ts';
import type { Report } from '../failure.ts';
import type { CertificateCheck, ValidationPolicy } from './check.ts';

/** Shortest RSA modulus that is trusted, in bits. */
export const MIN_RSA_BITS = 2048;
/** Shortest DSA modulus that is trusted, in bits: DSA with SHA-1 knew no longer one (FIPS 186-2). */
export const MIN_DSA_BITS = 1024;
/** Longest RSA modulus whose signatures are worth checking, in bits. */
export const MAX_RSA_BITS = 8192;

/** The signatures that the web PKI knows: RSA and ECDSA alone (CA/Browser Forum BR §7.1.3.2). */
const WEB_PKI_SIGNATURES: ReadonlySet<string> = new Set([
  OID.sha256WithRsa,
  OID.sha384WithRsa,
  OID.sha512WithRsa,
  OID.rsaPss,
  OID.ecdsaWithSha256,
  OID.ecdsaWithSha384,
  OID.ecdsaWithSha512,
]);

const WEB_PKI_CURVES: readonly string[] = ['P-256', 'P-384', 'P-521'];

/** The signature algorithm is named alike inside and outside of what is signed (RFC 5280 §4.1.1.2). */
export const checkAlgorithmAgreement: CertificateCheck = (certificate, _role, _context, report) => {
  if (certificate.signatureAlgorithmsMatch) return;
  report(
    'algorithm_mismatch',
    'RFC 5280 §4.1.1.2',
    'the two signature algorithms of the certificate differ',
    {
      signatureAlgorithm: certificate.signatureAlgorithm.oid,
      'tbsCertificate.signature': certificate.tbsSignatureAlgorithm.oid,
    },
  );
};

/**
 * No signature that the path rests on uses a broken hash. DSA with SHA-1 is let pass outside of `webpki`: a DSA key of 1024 bits has no
 * other hash, and none is trusted unless an anchor or an issuer below one is such a key. An anchor's own signature proves nothing and is not looked at.
 */
export const checkSignatureAlgorithm: CertificateCheck = (certificate, role, { policy }, report) => {
  if (role === 'anchor') return;
  const { oid } = certificate.signatureAlgorithm;
  try {
    const scheme = signatureScheme(certificate.signatureAlgorithm);
    const values = { algorithm: scheme.name };
    if (policy === 'webpki' && (scheme.weak || !WEB_PKI_SIGNATURES.has(oid))) {
      const rule = 'CA/Browser Forum BR §7.1.3.2';
      report('algorithm_weak', rule, 'the signature algorithm is not allowed', values);
    } else if (scheme.weak && scheme.family !== 'dsa') {
      report('algorithm_weak', 'RFC 6194 §3', 'the hash of the signature is broken', values);
    }
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    report('algorithm_unsupported', 'RFC 5280 §6.1.3 (a)(1)', cause.message, { algorithm: oid });
  }
};

/** The key is long enough to mean something, short enough to be checked, and of an algorithm that is known. */
export const checkPublicKey: CertificateCheck = (certificate, _role, { policy }, report) => {
  reportKey(() => certificate.publicKeyInfo, policy, report);
};

/** As {@link checkPublicKey}, for an anchor that is a name and a key. */
export function checkBareKey(
  subjectPublicKeyInfo: Buffer,
  policy: ValidationPolicy | undefined,
  report: Report,
): void {
  reportKey(() => readPublicKeyInfo(subjectPublicKeyInfo, 'anchor.publicKey'), policy, report);
}

function reportKey(read: () => PublicKeyInfo, policy: ValidationPolicy | undefined, report: Report): void {
  let key: PublicKeyInfo;
  try {
    key = read();
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    report('key_unsupported', 'RFC 5280 §4.1.2.7', cause.message);
    return;
  }
  const why = weakness(key, policy === 'webpki');
  const values = { key: key.kind, bits: key.bits };
  if (why !== undefined) {
    const rule = policy === 'webpki' ? 'CA/Browser Forum BR §6.1.5' : 'NIST SP 800-131A';
    report('key_weak', rule, why, values);
  } else if (key.kind.startsWith('rsa') && key.bits > MAX_RSA_BITS) {
    report('key_unsupported', 'RFC 5280 §4.1.2.7', 'the RSA modulus is longer than is checked', values);
  }
}

function weakness(key: PublicKeyInfo, webPki: boolean): string | undefined {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      if (key.bits < MIN_RSA_BITS) return 'the RSA modulus is too short';
      if ((key.exponent[key.exponent.length - 1]! & 1) === 0) return 'the RSA exponent is even';
      return webPki && key.bits % 8 !== 0 ? 'the RSA modulus is no whole number of octets' : undefined;
    case 'dsa':
      if (webPki) return 'DSA keys are not allowed';
      return key.bits < MIN_DSA_BITS ? 'the DSA modulus is too short' : undefined;
    case 'ec':
      return WEB_PKI_CURVES.includes(key.curve) ? undefined : 'the curve is too small';
    default:
      return webPki ? 'the kind of key is not allowed' : undefined;
  }
}
