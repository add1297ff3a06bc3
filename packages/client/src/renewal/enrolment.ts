import type { ExternalAccount } from '../acme/signed-request.ts';
import { ClientError } from '../errors.ts';

/** Where a client gets its certificates, and what it needs for the first one. */
export interface Enrolment {
  /** URL of the ACME directory. */
  readonly directory: string;
  /** The DNS name to order. */
  readonly identifier: string;
  /** Binds the account to the client, once; not needed where there is an account already. */
  readonly externalAccount?: ExternalAccount | undefined;
  /** PEM of the roots. */
  readonly ca?: string | undefined;
}

/**
 * Reads what `mortise client create … --enrol --json` or `mortise client enrol … --json` printed. Throws `configuration_invalid`; the
 * key is not in the error.
 */
export function readEnrolment(document: unknown): Enrolment {
  const outer = membersOf(document);
  const members = outer['enrolment'] === undefined ? outer : membersOf(outer['enrolment']);
  const { directory, identifier, eab_kid: kid, eab_hmac_key: hmacKey, ca } = members;
  if (typeof directory !== 'string' || URL.parse(directory)?.protocol !== 'https:') {
    throw invalid('has no "directory" with https');
  }
  if (typeof identifier !== 'string' || !/^[A-Za-z0-9.-]{1,253}$/.test(identifier)) {
    throw invalid('has no DNS name as "identifier"');
  }
  const bound = kid !== undefined || hmacKey !== undefined;
  if (bound && (typeof kid !== 'string' || typeof hmacKey !== 'string' || !isHmacKey(hmacKey))) {
    throw invalid('has no "eab_kid" with an "eab_hmac_key" in base64url');
  }
  return {
    directory,
    identifier,
    ...(bound && { externalAccount: { kid: kid as string, hmacKey: hmacKey as string } }),
    ...(typeof ca === 'string' && ca.includes('-----BEGIN CERTIFICATE-----') && { ca }),
  };
}

/** base64url of 16 to 128 octets. */
export function isHmacKey(text: string): boolean {
  return /^[A-Za-z0-9_-]{22,172}$/.test(text);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('is no JSON object');
  return value as Record<string, unknown>;
}

function invalid(why: string): ClientError {
  return new ClientError('configuration_invalid', `the enrolment ${why}`);
}
