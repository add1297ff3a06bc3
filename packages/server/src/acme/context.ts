import type { Certificate } from '@mortise/x509';
import type {
  IssuedCertificate,
  IssuedWithChain,
  IssueOptions,
  KeySealer,
  ProfileName,
  Profiles,
  Recall,
} from '../authority/index.ts';
import type { ClientRecord } from '../clients/index.ts';
import type { Revocation } from '../revocation/index.ts';
import type { Nonces } from './nonces.ts';
import type { RateLimits } from './rate-limits.ts';
import type { AcmeStore } from './store.ts';

/** What this domain asks of the authority. */
export interface CertificateAuthority {
  readonly profiles: Pick<Profiles, 'find'>;
  issue(options: IssueOptions): Promise<IssuedWithChain>;
  /** Rejects with AuthorityError where a certificate cannot have this period. */
  checkPeriod(options: Pick<IssueOptions, 'profile' | 'clientId' | 'notBefore' | 'notAfter'>): Promise<void>;
  /** Rejects with AuthorityError where the profile, or the authority that would issue it, allows no certificate with these names. */
  checkNames(options: Pick<IssueOptions, 'profile' | 'clientId' | 'names'>): Promise<void>;
  findCertificate(fingerprint256: string): Promise<IssuedCertificate | undefined>;
  chainFor(certificate: Certificate): readonly Certificate[];
  roots(): readonly Certificate[];
  list(): readonly { readonly id: string; readonly certificate: Buffer }[];
  certificate(authorityId: string): Certificate | undefined;
}

/** What the endpoints act on. */
export interface AcmeContext {
  readonly store: AcmeStore;
  readonly nonces: Nonces;
  readonly authority: CertificateAuthority;
  /** The recall under way that is about a certificate, if there is one. */
  readonly recalls: { of(certificate: IssuedCertificate): Promise<Recall | undefined> };
  /** Leads on from the last of a chain to the other root of a rollover under way. Default: to none. */
  readonly crossCertificate?: ((last: Certificate) => Certificate | undefined) | undefined;
  readonly revocation: Pick<Revocation, 'revokeCertificate'>;
  readonly clients: { find(clientId: string): Promise<ClientRecord | undefined> };
  readonly sealer: KeySealer;
  readonly limits: RateLimits;
  /** Tells that a challenge is due. Resolves when it was tried, or soon at any rate. */
  readonly validate: (authorizationId: string) => Promise<void>;
  readonly issuer: string;
  /** Whether accounts have to be bound to a client under every profile. */
  readonly externalAccountRequired: boolean;
  readonly clock: () => number;
}

/** What clients may order under a profile. */
export interface AcmeProfile {
  readonly name: ProfileName;
  readonly description: string;
  /**
   * Whether it issues to clients alone: accounts are bound to one, and their authorizations are born valid, for the DNS
   * name of the client only. Otherwise each identifier is proven by a challenge.
   */
  readonly forClients: boolean;
}

/** The profile of this name, if it has a directory. */
export function acmeProfile(
  profiles: CertificateAuthority['profiles'],
  name: string | undefined,
): AcmeProfile | undefined {
  const definition = name === undefined ? undefined : profiles.find(name)?.definition;
  if (definition?.acme !== true) return undefined;
  const { description, names } = definition;
  return { name: definition.name, description, forClients: names === 'client' };
}
