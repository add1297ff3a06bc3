import type { KeyObject } from 'node:crypto';
import { type Certificate, type CertificateRevocationList, createCrl, createKeySigner } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import type { CrlRequest } from './crl-request.ts';
import { checkRootKey } from './sign-request.ts';

/** How long a CRL may be used that is signed by hand, unless something else is said: half a year. */
export const offlineCrlLifetimeSeconds = 180 * 86_400;

/**
 * Signs the CRL of a root with its key, wherever that is: a complete one, with everything on it that the request names. It says nothing of its scope, so that it covers
 * every certificate of the root. Its `nextUpdate` is `lifetimeSeconds` from now, or the end of the root if that is earlier. Rejects with AuthorityError.
 */
export async function signAuthorityCrl(options: {
  readonly request: CrlRequest;
  readonly root: Certificate;
  readonly rootKey: KeyObject;
  /** Default {@link offlineCrlLifetimeSeconds}. */
  readonly lifetimeSeconds?: number;
  /** Epoch milliseconds. */
  readonly now: number;
}): Promise<CertificateRevocationList> {
  const { request, root, rootKey, lifetimeSeconds = offlineCrlLifetimeSeconds, now } = options;
  checkRootKey(root, rootKey, now);
  if (!request.root.der.equals(root.der)) {
    throw new AuthorityError('crl_request_invalid', 'the request is for the CRL of another root');
  }
  if (root.keyUsage !== undefined && !root.keyUsage.has('cRLSign')) {
    throw new AuthorityError('import_invalid', 'the root certificate may not sign CRLs (cRLSign)');
  }
  const thisUpdate = Math.floor(now / 1000) * 1000;
  if (now < request.madeAt) {
    throw new AuthorityError(
      'crl_request_invalid',
      `the request was made at ${new Date(request.madeAt).toISOString()}, and the clock here is behind that: set it`,
    );
  }
  if (lifetimeSeconds < 1) {
    throw new AuthorityError('lifetime_out_of_bounds', 'a CRL lives for a second at least');
  }
  return createCrl(
    {
      issuer: root,
      thisUpdate,
      nextUpdate: Math.min(thisUpdate + lifetimeSeconds * 1000, root.notAfter),
      crlNumber: request.crlNumber,
      entries: request.revoked.map(({ serialNumber, revokedAt, reason }) => ({
        serialNumber: Buffer.from(serialNumber, 'hex'),
        revokedAt,
        reason,
      })),
    },
    createKeySigner(rootKey),
  );
}
