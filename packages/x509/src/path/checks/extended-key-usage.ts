import { OID } from '../../asn1/oids.ts';
import type { KeyUsage } from '../../certificates/extensions/key-usage.ts';
import type { CertificateCheck } from './check.ts';

/**
 * The purpose that is asked for is granted by every certificate of the path that limits its purposes. The list of an issuer nests
 * as everybody reads it (CA/Browser Forum BR §7.1.2.10.6), that of an anchor's certificate too; RFC 5280 §4.2.1.12 speaks of the leaf alone.
 */
export const checkExtendedKeyUsage: CertificateCheck = (certificate, role, { purpose, policy }, report) => {
  if (purpose === undefined) return;
  const granted = certificate.extendedKeyUsage;
  if (granted === undefined) return;
  if (granted.includes(purpose)) return;
  if (granted.includes(OID.anyExtendedKeyUsage) && !(policy === 'webpki' && role === 'leaf')) return;
  const rule = role === 'leaf' ? 'RFC 5280 §4.2.1.12' : 'CA/Browser Forum BR §7.1.2.10.6';
  report('purpose_mismatch', rule, 'the extended key usage does not grant the purpose', {
    purpose,
    granted: granted.join(', '),
  });
};

/** Key usages that go with a purpose, one of which there must be (RFC 5280 §4.2.1.12). */
const USAGES: Readonly<Record<string, readonly KeyUsage[]>> = {
  [OID.serverAuth]: ['digitalSignature', 'keyAgreement', 'keyEncipherment'],
  [OID.clientAuth]: ['digitalSignature', 'keyAgreement'],
  [OID.codeSigning]: ['digitalSignature'],
  [OID.emailProtection]: ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'keyAgreement'],
  [OID.timeStamping]: ['digitalSignature', 'nonRepudiation'],
  [OID.ocspSigning]: ['digitalSignature', 'nonRepudiation'],
};

/**
 * The leaf's key may do what the purpose takes (RFC 5280 §4.2.1.3, §4.2.1.12): a TLS server signs, agrees on keys or deciphers them, a
 * TLS client signs or agrees on keys, and so on. A CA at the end of the path to which no purpose was given is a relying party's own affair: with
 * `rfc5280` and `webpki` it is let pass here for TLS, without a policy it is not.
 */
export const checkLeafKeyUsage: CertificateCheck = (certificate, role, { purpose, policy }, report) => {
  if (role !== 'leaf' || purpose === undefined) return;
  const { keyUsage } = certificate;
  const wanted = Object.hasOwn(USAGES, purpose) ? USAGES[purpose]! : undefined;
  if (keyUsage === undefined || wanted === undefined) return;
  if (wanted.some((usage) => keyUsage.has(usage))) return;
  const tls = purpose === OID.serverAuth || purpose === OID.clientAuth;
  if (
    tls &&
    policy !== undefined &&
    certificate.basicConstraints?.ca &&
    certificate.extendedKeyUsage === undefined
  )
    return;
  report('key_usage_mismatch', 'RFC 5280 §4.2.1.12', 'the key usage does not allow the purpose', {
    purpose,
    keyUsage: [...keyUsage].join(', '),
  });
};
