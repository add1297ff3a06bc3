import { encodePem } from '@mortise/x509';
import type { AuthorityRecord } from '../authority-record.ts';

/** The roots to trust, and those to trust no more. Wire format of the feed's line `trust` and of `/trust/v1/bundle`. */
export interface TrustBundle {
  readonly roots: readonly {
    /** SHA-256 of the certificate, lower-case hexadecimal. */
    readonly sha256: string;
    /** PEM. */
    readonly certificate: string;
  }[];
  /** SHA-256 of roots that were ended: to be dropped wherever they are trusted. */
  readonly retired: readonly string[];
}

/** Newest first. A root that is staged is given out already; one that was ended, or came to its end, is not. */
export function trustBundle(authorities: readonly AuthorityRecord[], now: number): TrustBundle {
  const roots = authorities.filter(({ kind }) => kind === 'root').reverse();
  const trusted = roots.filter(
    ({ state, revokedAt, notAfter }) => state !== 'retired' && revokedAt === undefined && notAfter > now,
  );
  return {
    roots: trusted.map(({ fingerprint256, certificate }) => ({
      sha256: fingerprint256,
      certificate: encodePem('CERTIFICATE', certificate),
    })),
    retired: roots
      .filter(({ revokedAt }) => revokedAt !== undefined)
      .map(({ fingerprint256 }) => fingerprint256),
  };
}
