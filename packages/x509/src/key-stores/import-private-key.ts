import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';
import { spkiOf } from '../keys/spki.ts';

/**
 * Imports a PKCS #8 PrivateKeyInfo and wipes the octets given. Undefined if the runtime does not know the algorithm or refuses the key.
 */
export function importPrivateKey(pkcs8: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  } finally {
    pkcs8.fill(0);
  }
}

/** The certificate of the key and those above it by name, from the certificates of a store. */
export function chainOf(
  privateKey: KeyObject | undefined,
  certificates: readonly Certificate[],
  marked?: Certificate,
): Certificate[] {
  const spki = privateKey === undefined ? undefined : spkiOf(createPublicKey(privateKey));
  const own =
    spki === undefined ? undefined : certificates.find((each) => each.subjectPublicKeyInfo.equals(spki));
  let current = own ?? (spki === undefined ? marked : undefined);
  const bySubject = new Map(certificates.map((each) => [each.subject.normalized, each]));
  const chain: Certificate[] = [];
  while (current !== undefined && !chain.includes(current) && chain.length < 32) {
    chain.push(current);
    current = current.selfIssued ? undefined : bySubject.get(current.issuer.normalized);
  }
  return chain;
}
