import { isPem } from '../pem/pem.ts';
import type { KeyStoreContents } from './contents.ts';
import { isJavaKeyStore, readJavaKeyStore } from './java-key-store.ts';
import { readPkcs7 } from './pkcs7.ts';
import { readPkcs12 } from './pkcs12.ts';

/**
 * Reads a key store of any kind that this package knows, by its first octets: JKS, JCEKS, PKCS #12 (a SEQUENCE that begins with version 3), and else
 * PKCS #7. `password`: of the store. Throws as the reader of that kind.
 */
export function readKeyStore(input: Uint8Array, password?: string): KeyStoreContents {
  if (isJavaKeyStore(input)) return readJavaKeyStore(input, password);
  return !isPem(input) && isPfx(input) ? readPkcs12(input, password) : readPkcs7(input);
}

/** Whether an INTEGER is the first element: PKCS #7 begins with an OBJECT IDENTIFIER. */
function isPfx(input: Uint8Array): boolean {
  const length = input[1] ?? 0;
  return input[length > 0x80 ? 2 + (length & 0x7f) : 2] === 0x02;
}
