import type { RevocationReason } from '../../authority/index.ts';

/** One CRL of an authority. */
export interface CrlScope {
  readonly authorityId: string;
  readonly partition: number;
}

/** A complete CRL and the delta that was published with it. Times are epoch milliseconds. */
export interface PublishedCrl extends CrlScope {
  /** Of both (RFC 5280 §5.2.4); ascends with every publication. */
  readonly number: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** The last one that was published because it was time, and not because of news. */
  readonly scheduledNumber: number;
  readonly scheduledAt: number;
  /** The scheduled one before that, on which the delta builds. */
  readonly baseNumber: number;
  readonly baseAt: number;
  /** DER. */
  readonly complete: Buffer;
  /** DER. */
  readonly delta: Buffer;
}

/** What the record of a certificate says about its revocation. */
export interface CertificateStatus extends CrlScope {
  readonly fingerprint256: string;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  readonly clientId?: string;
  readonly revoked?: { readonly at: number; readonly reason: RevocationReason };
}

/** A certificate whose hold was ended. */
export interface ReleasedCertificate {
  readonly serialNumber: string;
  readonly releasedAt: number;
}

/** Where CRLs are kept, and what they are made of. Nothing here is an act: no events. */
export interface CrlStore {
  /** Under which outer URL a partition was begun; undefined if it never was. */
  findPartition(scope: CrlScope): Promise<{ readonly baseUrl: string } | undefined>;
  /** The revoked certificates of a partition with `notAfter >= endingFrom` (epoch milliseconds). */
  revoked(scope: CrlScope & { readonly endingFrom: number }): Promise<CertificateStatus[]>;
  /** Those released since then (epoch milliseconds) and not revoked again. */
  released(scope: CrlScope & { readonly since: number }): Promise<ReleasedCertificate[]>;
  findCrl(scope: CrlScope): Promise<PublishedCrl | undefined>;
  /** Replaces the CRL with the number `previous`, or adds the first one. `false`: another node was first, nothing was changed. */
  publish(crl: PublishedCrl, previous: number | undefined): Promise<boolean>;
  /** CRLs with `scheduledAt <= before` of authorities with `notAfter > now` (epoch milliseconds), the oldest first; at most `limit`. */
  listDue(query: {
    readonly before: number;
    readonly now: number;
    readonly limit: number;
  }): Promise<CrlScope[]>;
  /** Issued certificates by their fingerprint (none or one), or the revoked ones of a client. */
  changed(
    by: { readonly fingerprint256: string } | { readonly clientId: string },
  ): Promise<CertificateStatus[]>;
}

/** What an OCSP responder asks. */
export interface OcspStore {
  /** By the serial number in lower-case hexadecimal; undefined if the authority issued none such. */
  findStatus(authorityId: string, serialNumber: string): Promise<CertificateStatus | undefined>;
}
