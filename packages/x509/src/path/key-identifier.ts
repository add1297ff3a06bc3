import { hash } from 'node:crypto';
import { X509Error } from '../errors.ts';
import { publicKeyOctets } from '../revocation/ocsp/certificate-id.ts';

/**
 * Whether an identifier is one that the usual methods derive from the key: SHA-1 of the key (RFC 5280 §4.2.1.2 (1)) or the left 160 bits of its
 * SHA-256 (RFC 7093 §2 (1)). Other methods exist, so that false says nothing.
 */
export function isIdentifierOfKey(identifier: Buffer, subjectPublicKeyInfo: Buffer): boolean {
  if (identifier.length !== 20) return false;
  try {
    const key = publicKeyOctets(subjectPublicKeyInfo);
    if (hash('sha1', key, 'buffer').equals(identifier)) return true;
    return hash('sha256', key, 'buffer').subarray(0, 20).equals(identifier);
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
}
