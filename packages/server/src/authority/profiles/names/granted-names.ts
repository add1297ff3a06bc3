import type { GeneralNameInput } from '@mortise/x509';
import type { ClientRecord } from '../../../clients/index.ts';

/** What the names of a certificate are taken from. */
export interface NameOrigins {
  /** The client that it is issued to. */
  readonly client: ClientRecord | undefined;
  /** The DNS names and addresses that an administrator gave or a challenge proved; for an authority its common name. */
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

/** The longest common name: RFC 5280 appendix A.1, ub-common-name. */
export const maximumCommonNameLength = 64;
