import { hash } from 'node:crypto';
import { type AnchorInput, Certificate } from '@mortise/x509';
import type { Client, TrustAnchor } from '../../clients/index.ts';
import { BoundedCache } from '../bounded-cache.ts';
import type { OwnAuthorities } from '../ports.ts';

/** What a path may end in, ready for validation. */
export interface AnchorSet {
  /** Equal for sets that accept the same paths. */
  readonly id: string;
  readonly anchors: readonly AnchorInput[];
}

/** Which anchors count for a client: its own, pinned by key, or else the authorities of this server. */
export class AnchorSets {
  readonly #authorities: OwnAuthorities;
  readonly #sets = new BoundedCache<string, AnchorSet>(1_000);

  constructor(authorities: OwnAuthorities) {
    this.#authorities = authorities;
  }

  forClient(client: Client): AnchorSet {
    const anchors = client.anchors.length === 0 ? this.#authorities.anchors() : client.anchors;
    const id = setId(anchors);
    let set = this.#sets.get(id);
    if (set === undefined) {
      set = { id, anchors: anchors.map(anchorInput) };
      this.#sets.set(id, set);
    }
    return set;
  }

  /** The authority of this server whose key this is (SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal), if one is. */
  authorityId(spkiSha256: string): string | undefined {
    return this.#authorities.anchors().find((anchor) => anchor.spkiSha256 === spkiSha256)?.id;
  }
}

function anchorInput(anchor: TrustAnchor): AnchorInput {
  // The certificate carries name constraints and an end; its key is the one that is pinned.
  return anchor.certificate === undefined
    ? { subject: anchor.subject, publicKey: anchor.spki }
    : Certificate.parse(anchor.certificate);
}

function setId(anchors: readonly TrustAnchor[]): string {
  const members = anchors
    .map(({ spkiSha256, subject, certificate }) => `${spkiSha256} ${hash('sha256', certificate ?? subject)}`)
    .sort();
  return hash('sha256', members.join('\n'), 'base64url');
}
