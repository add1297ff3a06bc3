import { hash, type KeyObject } from 'node:crypto';
import { asBuffer, DerReader } from '../asn1/der-reader.ts';

const EXPORTED = new WeakMap<KeyObject, Buffer>();

/** DER of a SubjectPublicKeyInfo; the export of a KeyObject is kept as long as the key lives. */
export function spkiOf(publicKey: KeyObject | Uint8Array): Buffer {
  if (publicKey instanceof Uint8Array) return asBuffer(publicKey);
  let der = EXPORTED.get(publicKey);
  if (der === undefined) {
    der = publicKey.export({ type: 'spki', format: 'der' });
    EXPORTED.set(publicKey, der);
  }
  return der;
}

/** The key identifier that this package gives: the leftmost 160 bits of SHA-256 of the key's BIT STRING (RFC 7093 §2, method 1). */
export function keyIdentifier(spki: Uint8Array): Buffer {
  const outer = new DerReader(spki, 'subjectPublicKeyInfo');
  const sequence = outer.sequence();
  outer.end();
  sequence.any('algorithm');
  return hash('sha256', sequence.wholeBitString('subjectPublicKey'), 'buffer').subarray(0, 20);
}
