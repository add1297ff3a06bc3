import { hash } from 'node:crypto';
import { X509Error } from '../errors.ts';
import { publicKeyOctets } from '../revocation/ocsp/certificate-id.ts';

/**
 * The identifiers that the usual methods derive from a key: its SHA-1 (RFC 5280 §4.2.1.2 (1)) and the left 160 bits of its SHA-256
 * (RFC 7093 §2 (1)). Other methods exist, so that another identifier says nothing.
 */
export function keyIdentifiers(subjectPublicKeyInfo: Buffer): readonly Buffer[] {
  try {
    const key = publicKeyOctets(subjectPublicKeyInfo);
    return [hash('sha1', key, 'buffer'), hash('sha256', key, 'buffer').subarray(0, 20)];
  } catch (cause) {
    if (cause instanceof X509Error) return [];
    throw cause;
  }
}
