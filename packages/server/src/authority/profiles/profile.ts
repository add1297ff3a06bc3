import type { GeneralNameInput, KeyUsage, PurposeKeyword } from '@mortise/x509';
import type { ClientRecord } from '../../clients/index.ts';
import type { ProfileName } from '../issued-certificate.ts';

/** What the names of a certificate are taken from. */
export interface NameSources {
  /** The client that it is issued to. */
  readonly client: ClientRecord | undefined;
  /** The DNS names and addresses that an administrator gave. */
  readonly names: readonly string[];
  /** The OAuth issuer, without a slash at the end. */
  readonly issuer: string;
}

/** The names that a certificate will hold; nothing else ever gets into it. */
export interface GrantedNames {
  /** RFC 4514; `''` for none. */
  readonly subject: string;
  readonly subjectAltName: readonly GeneralNameInput[];
  /** Common names that a request may ask for although the certificate may hold another subject. */
  readonly commonNames: readonly string[];
}

/** What a certificate of one kind may hold. One file each. */
export interface Profile {
  readonly name: ProfileName;
  readonly extendedKeyUsage: readonly PurposeKeyword[];
  /** For this kind of key; RFC 5280 §4.2.1.3. */
  keyUsage(kind: 'rsa' | 'other'): readonly KeyUsage[];
  readonly defaultLifetimeSeconds: number;
  readonly minimumLifetimeSeconds: number;
  readonly maximumLifetimeSeconds: number;
  /** Whether the certificate becomes a credential of its client. */
  readonly registersCredential: boolean;
  /** For certificates that end before news of them would spread: they name neither CRL nor OCSP. Default false. */
  readonly withoutRevocation?: boolean;
  /** Throws AuthorityError if the sources do not make a certificate of this kind. */
  grantNames(sources: NameSources): GrantedNames;
}

export const daySeconds = 86_400;

/** The longest common name: RFC 5280 appendix A.1, ub-common-name. */
export const maximumCommonNameLength = 64;
