import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';

/** Largest key store that is read, in octets: 16 Mi. */
export const MAX_KEY_STORE_OCTETS = 16 * 1024 * 1024;

/** Most entries of any kind that a key store may have. */
export const MAX_KEY_STORE_ENTRIES = 10_000;

/** A certificate of a key store. */
export interface StoredCertificate {
  /** Alias or friendly name. */
  readonly alias: string | undefined;
  readonly certificate: Certificate;
}

/** A private key of a key store. */
export interface StoredPrivateKey {
  /** Alias or friendly name. */
  readonly alias: string | undefined;
  /** Undefined where the runtime does not know the key's algorithm, or the key could not be opened (see `locked`). */
  readonly privateKey: KeyObject | undefined;
  /** Whether the key is encrypted, and no password given opens it. */
  readonly locked: boolean;
  /** The key's own certificate and those above it, as far as the store has them. */
  readonly chain: readonly Certificate[];
}

/** What a key store holds. */
export interface KeyStoreContents {
  readonly format: 'pkcs7' | 'pkcs12' | 'jks' | 'jceks';
  /** Certificates that stand for themselves: trusted ones, and in PKCS #7 and #12 all of them. */
  readonly certificates: readonly StoredCertificate[];
  readonly privateKeys: readonly StoredPrivateKey[];
  /** DER of the CRLs. */
  readonly crls: readonly Buffer[];
  /** Aliases of entries of other kinds, such as secret keys. */
  readonly others: readonly (string | undefined)[];
  /** `verified`: a MAC or digest under the password was checked. `unchecked`: there is none, or no password was given. */
  readonly integrity: 'verified' | 'unchecked';
}
