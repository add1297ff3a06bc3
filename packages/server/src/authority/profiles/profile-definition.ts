import type { KeyUsage, RawExtension } from '@mortise/x509';

/**
 * Where the names of a certificate come from. `client`: the record of its client. `request`: an administrator gives them, or an ACME client
 * proves them. `authority`: the certificate is that of another authority, and its name that of the authority.
 */
export const nameSources = ['client', 'request', 'authority'] as const;

export type NameSource = (typeof nameSources)[number];

/** Which URI of its client a certificate holds: the client's own, its SPIFFE ID, or none. */
export const uriSources = ['client', 'spiffe', 'none'] as const;

export type UriSource = (typeof uriSources)[number];

/** Kinds of keys that are certified; an RSA kind stands for keys of at least that many bits. */
export const subjectKeyTypes = [
  'ec-p256',
  'ec-p384',
  'ec-p521',
  'ed25519',
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
] as const;

export type SubjectKeyType = (typeof subjectKeyTypes)[number];

/** What a certificate of one kind may hold. */
export interface ProfileDefinition {
  /** `isProfileName`. */
  readonly name: string;
  /** For people, and for ACME clients that choose by it. */
  readonly description: string;
  readonly names: NameSource;
  readonly uri: UriSource;
  /** For `uri` `spiffe`: the trust domain of the SPIFFE IDs. Default: the host of the OAuth issuer. */
  readonly trustDomain?: string;
  /** `dns:*.svc.example.com`, `uri:…`, `ip:10.0.0.0/8`, `email:…`: each alternative name has to match one. Absent: all do. */
  readonly namePatterns?: readonly string[];
  /** `dns:example.com`, `ip:10.0.0.0/8`, …, as in RFC 5280 §4.2.1.10. Those of another authority stand in its certificate. */
  readonly permittedNames?: readonly string[];
  readonly excludedNames?: readonly string[];
  /** Not empty. */
  readonly keyTypes: readonly SubjectKeyType[];
  readonly defaultLifetimeSeconds: number;
  readonly minimumLifetimeSeconds: number;
  readonly maximumLifetimeSeconds: number;
  /** Those that do not fit a key are left out of its certificate. */
  readonly keyUsage: readonly KeyUsage[];
  /** Keywords or object identifiers. */
  readonly extendedKeyUsage: readonly string[];
  /** Object identifiers. */
  readonly certificatePolicies: readonly string[];
  readonly extensions: readonly RawExtension[];
  /** How many authorities may stand below; for `names` `authority`. */
  readonly pathLength?: number;
  /** Whether certificates name the CRL and the OCSP responder that tell of their revocation. */
  readonly revocationInformation: boolean;
  /** Whether it has an ACME directory. */
  readonly acme: boolean;
}

export const daySeconds = 86_400;

/** The longest lifetime that a profile may allow: ten years. */
export const longestLifetimeSeconds = 3650 * daySeconds;

export const shortestLifetimeSeconds = 60;

const profileName = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Whether a text can be the name of a profile: 1 to 63 lower-case letters, digits and hyphens, the first no hyphen. It stands in URLs. */
export function isProfileName(text: string): boolean {
  return profileName.test(text);
}

/** Whether a certificate becomes a credential of its client: the client authenticates with it, and with no other's. */
export function registersCredential({ names, extendedKeyUsage }: ProfileDefinition): boolean {
  return names === 'client' && extendedKeyUsage.includes('clientAuth');
}

/** Whether it issues to clients alone. */
export function needsClient({ names, uri }: ProfileDefinition): boolean {
  return names === 'client' || uri !== 'none';
}
