import type { AuthenticationMethod, Client } from '../../clients/index.ts';
import type { CertificateUse } from '../certificate-trust/certificate-use.ts';
import type { Eventually } from '../eventually.ts';
import type { Refused } from '../refusal.ts';
import type { PresentedCertificate } from '../request.ts';
import type { Assertion } from './assertion.ts';

/** What one request brings to prove who sends it: exactly one of these. */
export type Presented = PresentedHeader | PresentedSecret | PresentedAssertion | PresentedInHandshake;

export interface PresentedHeader {
  readonly source: 'authorization';
  readonly clientId: string;
  /** By `hashSecret`: nothing behind the reading of a request needs the secret itself. */
  readonly secretHash: Buffer;
}

export interface PresentedSecret {
  readonly source: 'client_secret';
  readonly clientId: string;
  /** As in `PresentedHeader`. */
  readonly secretHash: Buffer;
}

export interface PresentedAssertion {
  readonly source: 'client_assertion';
  readonly clientId: string;
  readonly assertion: Assertion;
}

export interface PresentedInHandshake {
  readonly source: 'certificate';
  readonly clientId: string;
  readonly certificate: PresentedCertificate;
}

/** A client that has proven who it is. */
export interface Authenticated {
  readonly client: Client;
  readonly method: AuthenticationMethod;
  /** The credential that it used, where it is registered as one. */
  readonly credentialId: string | undefined;
  /** Where the certificate of the connection was the proof. */
  readonly certificate: CertificateUse | undefined;
}

export type Verdict = Authenticated | Refused;

/**
 * One way to authenticate: a file each, listed in `methods.ts`. `verify` is asked only for clients for which the method
 * is registered and which are active; it throws only where the server itself fails.
 */
export interface ClientAuthentication<From extends Presented = Presented> {
  readonly name: AuthenticationMethod;
  readonly source: From['source'];
  /** Whether this method is what was presented, among those with the same source. Default: it is. */
  admits?(presented: From): boolean;
  verify(presented: From, client: Client, now: number): Eventually<Verdict>;
}
