import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';
import type { NameConstraints } from '../certificates/extensions/name-constraints.ts';
import type { Name } from '../names/name.ts';

/** A name and a key that are trusted to begin paths (RFC 5280 §6.1.1 (d)). Two anchors with one name are two anchors. */
export interface TrustAnchor {
  readonly subject: Name;
  /** Imported when the first signature is checked with it. Throws X509Error if it cannot be. */
  readonly publicKey: KeyObject;
  /** DER. */
  readonly subjectPublicKeyInfo: Buffer;
  /** Where the anchor was given as one. */
  readonly certificate: Certificate | undefined;
  /** Those of the anchor's certificate, or those that came with a bare name and key. */
  readonly nameConstraints: NameConstraints | undefined;
}

/** The anchor that a certificate stands for: its subject, its key, and its constraints (RFC 5937). */
export class CertificateAnchor implements TrustAnchor {
  readonly certificate: Certificate;

  constructor(certificate: Certificate) {
    this.certificate = certificate;
  }

  get subject(): Name {
    return this.certificate.subject;
  }

  get publicKey(): KeyObject {
    return this.certificate.publicKey;
  }

  get subjectPublicKeyInfo(): Buffer {
    return this.certificate.subjectPublicKeyInfo;
  }

  get nameConstraints(): NameConstraints | undefined {
    return this.certificate.nameConstraints;
  }
}

/** An anchor without a certificate. */
export class BareAnchor implements TrustAnchor {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  readonly subjectPublicKeyInfo: Buffer;
  readonly certificate = undefined;
  readonly nameConstraints: NameConstraints | undefined;

  constructor(subject: Name, publicKey: KeyObject, nameConstraints: NameConstraints | undefined) {
    this.subject = subject;
    this.publicKey = publicKey;
    this.subjectPublicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
    this.nameConstraints = nameConstraints;
  }
}
