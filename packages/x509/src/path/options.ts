import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';
import type { GeneralSubtree } from '../certificates/extensions/name-constraints.ts';
import type { Name } from '../names/name.ts';
import type { CrlInput, OcspResponseInput } from '../revocation/check/load-inputs.ts';
import type { ValidationPolicy } from './checks/check.ts';
import type { PathFailure } from './failure.ts';
import type { CertificateRevocation } from './path-revocation.ts';
import type { PeerName } from './peer-name.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** A certificate, parsed or not: DER, or PEM as text or bytes. */
export type CertificateInput = Certificate | Uint8Array | string;

/** A trust anchor: a certificate (a PEM bundle stands for several), or a name and a key, with constraints. */
export type AnchorInput =
  | CertificateInput
  | {
      /** A string is read as RFC 4514, octets as DER. */
      readonly subject: Name | Uint8Array | string;
      /** Octets are the DER of a SubjectPublicKeyInfo, a string its PEM. */
      readonly publicKey: KeyObject | Uint8Array | string;
      readonly nameConstraints?: {
        readonly permitted?: readonly GeneralSubtree[];
        readonly excluded?: readonly GeneralSubtree[];
      };
    };

/** A purpose by its name in RFC 5280 §4.2.1.12, or any object identifier in dotted decimal. */
export type Purpose =
  | 'serverAuth'
  | 'clientAuth'
  | 'codeSigning'
  | 'emailProtection'
  | 'timeStamping'
  | 'OCSPSigning'
  | (string & {});

/** What {@link validatePath} is asked (RFC 5280 §6.1.1): which certificate, with what at hand, and what must hold. */
export interface ValidatePathOptions {
  /** The certificate at the end of the path: DER, PEM (its first certificate) or parsed. */
  readonly leaf: CertificateInput;
  /** Certificates to build with, in any order; each may be a PEM bundle. Nothing in it is trusted; one that is malformed is passed over. */
  readonly certificates?: readonly CertificateInput[];
  /** What is trusted, told apart by key and never by name alone. A leaf that is itself among them needs no issuer. */
  readonly anchors: readonly AnchorInput[];
  /** The time for which the path is validated; a number is epoch milliseconds. There is no default: this package has no clock. */
  readonly at: Date | number;
  /** Default: any. */
  readonly purpose?: Purpose | undefined;
  /** A server's name; wildcards of the certificate count. Default: names are not compared. */
  readonly name?: PeerName | undefined;
  /** Rules beyond RFC 5280 §6. Default: none, which suits private authorities; their certificates often lack what §4 demands of issuers. */
  readonly policy?: ValidationPolicy | undefined;
  /** Most intermediates between leaf and anchor, self-issued ones not counted (as in RFC 5280 §4.2.1.9). Default 32; 512 with those is the limit. */
  readonly maxDepth?: number | undefined;
  /** Work allowed, in units of one P-256 signature check, dearer keys counting for more. Default 64. */
  readonly maxWorkUnits?: number | undefined;
  /** Policies acceptable to the caller (RFC 5280 §6.1.1 (c)), object identifiers. Default: any-policy. */
  readonly initialPolicySet?: readonly string[] | undefined;
  /** RFC 5280 §6.1.1 (f): the path must be valid for a policy of the initial set. Default false. */
  readonly requireExplicitPolicy?: boolean | undefined;
  /** RFC 5280 §6.1.1 (e). Default false. */
  readonly inhibitPolicyMapping?: boolean | undefined;
  /** RFC 5280 §6.1.1 (g). Default false. */
  readonly inhibitAnyPolicy?: boolean | undefined;
  /** CRLs at hand: parsed, DER or PEM. Load large ones once, with `CertificateRevocationList.load`. */
  readonly crls?: readonly CrlInput[] | undefined;
  /** OCSP responses at hand, such as a stapled one. */
  readonly ocspResponses?: readonly OcspResponseInput[] | undefined;
  /**
   * `available` (default): revoked fails, unknown is reported. `require`: what is not known to be good fails. Nothing is asked
   * about the anchor itself. Under a policy, a CRL that bears the name of a certificate's issuer must settle its status in either mode.
   */
  readonly revocation?: 'available' | 'require' | undefined;
}

/** A path that was tried and the reasons why it, or its last step, was refused. */
export interface CandidatePath {
  /** From the leaf up to the certificate that could not be gone past, or to the anchor's. */
  readonly path: readonly Certificate[];
  readonly failures: readonly PathFailure[];
}

/** The best path that holds. */
export interface ValidPath {
  readonly valid: true;
  /** From the leaf up to and including the anchor's certificate, if the anchor was given as one. */
  readonly path: readonly Certificate[];
  readonly anchor: TrustAnchor;
  /** Epoch milliseconds: the earliest notAfter of the path, or nextUpdate of what the answer rests on. */
  readonly validUntil: number;
  /** Policies under which the path is valid, within the initial set; with `anyPolicy` among them, every policy is. */
  readonly policies: readonly string[];
  /** The status of each certificate from the leaf up, the anchor's left out; empty if nothing was at hand and nothing required. */
  readonly revocation: readonly CertificateRevocation[];
  /** Work done, in units as `maxWorkUnits`. */
  readonly workUnits: number;
}

/** Why no path holds. */
export interface InvalidPath {
  readonly valid: false;
  /** Every reason, the leaf's own first; each stands here once. Never empty. */
  readonly failures: readonly PathFailure[];
  /** Every path that was tried. */
  readonly candidates: readonly CandidatePath[];
  readonly workUnits: number;
}

/** What {@link validatePath} answers; switch on `valid`. */
export type PathValidation = ValidPath | InvalidPath;
