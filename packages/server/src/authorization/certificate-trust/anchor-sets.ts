import { hash } from 'node:crypto';
import { type AnchorInput, Certificate } from '@mortise/x509';
import type { Client, TrustAnchor } from '../../clients/index.ts';
import type { OwnAuthorities } from '../ports.ts';

/** What a path may end in, ready for validation. */
export interface AnchorSet {
  /** Equal for sets that accept the same paths, and different once the trust behind them has changed. */
  readonly id: string;
  readonly anchors: readonly AnchorInput[];
  /** Certificates to build with that the client need not send. */
  readonly intermediates: readonly Certificate[];
}

/** Which anchors count for a client: its own, pinned by key, or else the authorities of this server. */
export class AnchorSets {
  readonly #authorities: OwnAuthorities;
  readonly #byClient = new WeakMap<Client, AnchorSet>();
  #own: { readonly epoch: number; readonly set: AnchorSet } | undefined;

  constructor(authorities: OwnAuthorities) {
    this.#authorities = authorities;
  }

  /** Changes whenever a set that was answered before may be another now, for a client that has not changed. */
  get epoch(): number {
    return this.#authorities.epoch;
  }

  forClient(client: Client): AnchorSet {
    return client.anchors.length === 0 ? this.#ownSet() : this.#configured(client);
  }

  #ownSet(): AnchorSet {
    const { epoch } = this.#authorities;
    if (this.#own?.epoch !== epoch) {
      const set = {
        id: `own:${epoch}`,
        anchors: this.#authorities.anchors().map(anchorInput),
        intermediates: this.#authorities.intermediates().map((der) => Certificate.parse(der)),
      };
      this.#own = { epoch, set };
    }
    return this.#own!.set;
  }

  #configured(client: Client): AnchorSet {
    let set = this.#byClient.get(client);
    if (set === undefined) {
      set = { id: setId(client.anchors), anchors: client.anchors.map(anchorInput), intermediates: [] };
      this.#byClient.set(client, set);
    }
    return set;
  }
}

function anchorInput(anchor: TrustAnchor): AnchorInput {
  // The certificate carries name constraints and path length; its key is the one that is pinned.
  return anchor.certificate === undefined
    ? { subject: anchor.subject, publicKey: anchor.spki }
    : Certificate.parse(anchor.certificate);
}

function setId(anchors: readonly TrustAnchor[]): string {
  const members = anchors
    .map(({ spkiSha256, subject, certificate }) =>
      hash('sha256', Buffer.concat([Buffer.from(spkiSha256), certificate ?? subject]), 'base64url'),
    )
    .sort();
  return members.join(' ');
}
