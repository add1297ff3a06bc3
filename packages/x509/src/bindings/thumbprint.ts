import { hash, X509Certificate } from 'node:crypto';
import { X509Error } from '../errors.ts';
import { isPem, parsePem } from '../pem/pem.ts';

/**
 * The `x5t#S256` of a certificate (RFC 8705 §3.1): base64url SHA-256 of its DER. DER is hashed as it stands, without parsing (2 µs); of PEM
 * the first CERTIFICATE block. Throws `pem_invalid`.
 */
export function thumbprintS256(certificate: Uint8Array | string | X509Certificate): string {
  if (certificate instanceof X509Certificate) return hash('sha256', certificate.raw, 'base64url');
  if (!isPem(certificate)) return hash('sha256', certificate as Uint8Array, 'base64url');
  const block = parsePem(certificate, 'CERTIFICATE')[0];
  if (block === undefined) throw new X509Error('pem_invalid', 'there is no CERTIFICATE block', 'pem');
  return hash('sha256', block.der, 'base64url');
}
