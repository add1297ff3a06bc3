import { hash, type KeyObject } from 'node:crypto';
import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { spkiOf } from '../keys/spki.ts';

/** The pin of a key: base64 SHA-256 of its SubjectPublicKeyInfo (RFC 7469 §2.4). Takes a certificate, a public key, or the DER. */
export function spkiPin(key: Certificate | KeyObject | Uint8Array): string {
  const spki = key instanceof Certificate ? key.subjectPublicKeyInfo : spkiOf(key);
  return hash('sha256', spki, 'base64');
}

/**
 * Brings a pin to the form of {@link spkiPin}. Reads base64 alone, `sha256/BASE64`, `sha256//BASE64`, `pin-sha256="BASE64"` and 64 hexadecimal
 * digits, also with colons. Throws `header_invalid`.
 */
export function parseSpkiPin(text: string): string {
  const trimmed = text.slice(0, 256).trim();
  const hex = trimmed.replaceAll(':', '');
  if (/^[0-9A-Fa-f]{64}$/.test(hex)) return Buffer.from(hex, 'hex').toString('base64');
  // Exactly 44 characters, the first of which may be a slash itself.
  const match =
    /^(?:pin-sha256="([A-Za-z0-9+/]{43}=)"|sha256\/{1,2}([A-Za-z0-9+/]{43}=)|([A-Za-z0-9+/]{43}=))$/.exec(
      trimmed,
    );
  const base64 = match?.[1] ?? match?.[2] ?? match?.[3] ?? '';
  const digest = Buffer.from(base64, 'base64');
  if (digest.length !== 32 || digest.toString('base64') !== base64) {
    throw new X509Error('header_invalid', 'not the SHA-256 of a key', 'pin');
  }
  return base64;
}

/** Whether the key of any of the certificates has one of the pins (in the form of {@link spkiPin}). No pins match nothing. */
export function matchesSpkiPin(certificates: readonly Certificate[], pins: Iterable<string>): boolean {
  const wanted = new Set(pins);
  return certificates.some((certificate) => wanted.has(spkiPin(certificate)));
}
