import { OID } from '../../asn1/oids.ts';
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

/**
 * The leaf's key may do what the purpose takes (RFC 5280 §4.2.1.3, §4.2.1.12): a TLS server signs, agrees on keys or deciphers them, a
 * TLS client signs or agrees on keys. A CA at the end of the path to which no purpose was given is a relying party's own affair: with
 * `rfc5280` and `webpki` it is let pass here, without a policy it is not.
 */
export const checkLeafKeyUsage: CertificateCheck = (certificate, role, { purpose, policy }, report) => {
  if (role !== 'leaf') return;
  const { keyUsage } = certificate;
  if (keyUsage === undefined) return;
  if (purpose !== OID.serverAuth && purpose !== OID.clientAuth) return;
  if (keyUsage.has('digitalSignature') || keyUsage.has('keyAgreement')) return;
  if (purpose === OID.serverAuth && keyUsage.has('keyEncipherment')) return;
  if (policy !== undefined && certificate.basicConstraints?.ca && certificate.extendedKeyUsage === undefined)
    return;
  report('key_usage_mismatch', 'RFC 5280 §4.2.1.12', 'the key usage does not allow the purpose', {
    purpose,
    keyUsage: [...keyUsage].join(', '),
  });
};
