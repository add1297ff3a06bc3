import type { Certificate } from '@mortise/x509';
import type { TokenVerdict } from '../../tokens/index.ts';
import type { ClientDirectory, OwnAuthorities, ResourceDirectory, RevocationState } from '../ports.ts';

/** What explaining asks of the other domains; it changes nothing. */
export interface ExplainerPorts {
  readonly clients: ClientDirectory & {
    /** The one client that a certificate is named as, under the anchor whose key this is (SHA-256 of its SubjectPublicKeyInfo, hexadecimal). */
    byMatcher(anchorSpkiSha256: string, certificate: Certificate): Promise<string | undefined>;
  };
  readonly resources: ResourceDirectory;
  readonly authorities: OwnAuthorities;
  readonly revocation: Pick<RevocationState, 'denylist' | 'isStale'>;
  readonly accessTokens: { verify(token: string): TokenVerdict };
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}
