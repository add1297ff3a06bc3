import { type CertificateId, type CertificateIdHash, certificateId } from '@mortise/x509';
import type { PublishingAuthorities } from '../authorities.ts';

const hashes: readonly CertificateIdHash[] = ['sha1', 'sha256', 'sha384', 'sha512'];

/** Finds the authority that a request names by hashes of its name and its key (RFC 6960 §4.1.1). */
export class OcspIssuers {
  readonly #authorities: PublishingAuthorities;
  #byHashes = new Map<string, string>();
  #epoch: number | undefined;

  constructor(authorities: PublishingAuthorities) {
    this.#authorities = authorities;
  }

  find(id: CertificateId): string | undefined {
    if (this.#epoch !== this.#authorities.epoch) this.#read();
    return this.#byHashes.get(keyOf(id));
  }

  #read(): void {
    this.#epoch = this.#authorities.epoch;
    this.#byHashes = new Map();
    for (const record of this.#authorities.list()) {
      const certificate = this.#authorities.certificate(record.id);
      // Nobody here can answer for an authority whose key is elsewhere.
      if (certificate === undefined || record.signer === 'offline') continue;
      for (const hash of hashes) {
        this.#byHashes.set(keyOf(certificateId(Buffer.from([1]), certificate, hash)), record.id);
      }
    }
  }
}

function keyOf({ hashAlgorithm, issuerNameHash, issuerKeyHash }: CertificateId): string {
  return `${hashAlgorithm} ${issuerNameHash.toString('base64')} ${issuerKeyHash.toString('base64')}`;
}
