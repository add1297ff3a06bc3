import type { IssuedCertificate } from '../authority/index.ts';
import type { AcmeContext } from './context.ts';

/** The certificate of this name in renewal information (RFC 9773 §4.1), if it was issued here. */
export async function findNamed(
  { authority, store }: Pick<AcmeContext, 'authority' | 'store'>,
  name: { readonly keyIdentifier: Buffer; readonly serialBytes: Buffer },
): Promise<IssuedCertificate | undefined> {
  const { keyIdentifier, serialBytes } = name;
  const padding = serialBytes.length > 1 && serialBytes[0] === 0 ? 1 : 0;
  const serialNumber = serialBytes.toString('hex', padding);
  for (const { id } of authority.list()) {
    if (authority.certificate(id)?.subjectKeyIdentifier?.equals(keyIdentifier) !== true) continue;
    const found = await store.findIssued(id, serialNumber);
    // With the revocation of its authority.
    if (found !== undefined) return authority.findCertificate(found.fingerprint256);
  }
  return undefined;
}
