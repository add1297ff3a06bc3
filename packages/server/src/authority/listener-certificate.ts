import type { Certificate } from '@mortise/x509';
import type { Authority } from './authority.ts';

/** What a TLS listener is given. */
export interface ListenerIdentity {
  /** PKCS #8 PEM. */
  readonly key: string;
  /** PEM: the leaf, then its intermediates. */
  readonly cert: string;
  /** Lower-case hexadecimal SHA-256 of the leaf. */
  readonly fingerprint256: string;
  /** Epoch milliseconds. */
  readonly notAfter: number;
  /** Epoch milliseconds: when two thirds of its life are over. */
  readonly renewAt: number;
  /** The last certificate of `cert`. */
  readonly last: Certificate;
  /** Who issued it. */
  readonly authorityId: string;
}

const lifetimeSeconds = 30 * 86_400;

/**
 * The certificate of this server's own listeners, issued by its own authority. Its key lives in this process alone:
 * each start makes another, so that there is none on disk.
 */
export class ListenerCertificate {
  readonly #authority: Pick<Authority, 'issue' | 'isActive' | 'issuesForItself'>;
  readonly #names: readonly string[];
  readonly #clock: () => number;
  #current: ListenerIdentity;

  private constructor(
    options: {
      readonly authority: Pick<Authority, 'issue' | 'isActive' | 'issuesForItself'>;
      readonly names: readonly string[];
      readonly clock: () => number;
    },
    current: ListenerIdentity,
  ) {
    this.#authority = options.authority;
    this.#names = options.names;
    this.#clock = options.clock;
    this.#current = current;
  }

  /** `names`: the DNS names and addresses under which the listeners are reached. Rejects with AuthorityError. */
  static async open(options: {
    readonly authority: Pick<Authority, 'issue' | 'isActive' | 'issuesForItself'>;
    readonly names: readonly string[];
    readonly clock: () => number;
  }): Promise<ListenerCertificate> {
    const { authority, names, clock } = options;
    return new ListenerCertificate(options, await obtain(authority, names, clock()));
  }

  get current(): ListenerIdentity {
    return this.#current;
  }

  /**
   * Gets another certificate, with another key, once two thirds of the life of the current one are over, or its
   * authority is revoked or issues no longer, or where the current one is `recalled`. Whether it did: the caller then gives `current` to its listeners. If that fails, the current one stays; call again later.
   */
  async renewIfDue(recalled = false): Promise<boolean> {
    const now = this.#clock();
    const { renewAt, authorityId } = this.#current;
    const authority = this.#authority;
    const good = now < renewAt && authority.isActive(authorityId) && authority.issuesForItself(authorityId);
    if (good && !recalled) return false;
    this.#current = await obtain(this.#authority, this.#names, now);
    return true;
  }
}

async function obtain(
  authority: Pick<Authority, 'issue' | 'isActive' | 'issuesForItself'>,
  names: readonly string[],
  now: number,
): Promise<ListenerIdentity> {
  const issued = await authority.issue({
    profile: 'server',
    own: true,
    names,
    lifetimeSeconds,
    actor: 'system',
  });
  const { certificate, chain, record, keyPem = '' } = issued;
  return {
    key: keyPem,
    cert: [certificate, ...chain].map((each) => each.toPem()).join(''),
    last: chain.at(-1) ?? certificate,
    fingerprint256: certificate.fingerprint256,
    notAfter: certificate.notAfter,
    authorityId: record.authorityId,
    renewAt: now + Math.floor(((certificate.notAfter - now) * 2) / 3),
  };
}
