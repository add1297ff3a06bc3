import type { Actor } from '../events/index.ts';
import type { AcmeAccount, ExternalAccountKey } from './records.ts';
import type { AcmeAdministrationStore, AcmeStore } from './store.ts';
import { AcmeUrls } from './urls.ts';

export interface EnrolmentAdministrationOptions {
  readonly store: AcmeAdministrationStore;
  readonly records: Pick<AcmeStore, 'findAccount' | 'findExternalKey'>;
  readonly issuer: string;
  readonly clock: () => number;
}

/** Who does it, and why. */
interface By {
  readonly actor: Actor;
  readonly reason?: string;
}

/** What administrators see of accounts and of the keys that bind them, and how they end them. */
export class EnrolmentAdministration {
  readonly #options: EnrolmentAdministrationOptions;

  constructor(options: EnrolmentAdministrationOptions) {
    this.#options = options;
  }

  /** Accounts, deactivated ones too, in the order of their ids, those after `after`; at most `limit`. `clientId`: only those that are bound to it. */
  accounts(page: Parameters<AcmeAdministrationStore['listAccounts']>[0]): Promise<AcmeAccount[]> {
    return this.#options.store.listAccounts(page);
  }

  /** The URL by which an ACME client knows its account. */
  accountUrl({ id, profile }: AcmeAccount): string {
    return new AcmeUrls(this.#options.issuer, profile).account(id);
  }

  /**
   * Ends an account for good, as its owner could (RFC 8555 §7.3.6): from then on nothing that its key signs is taken, on whichever node. Its
   * certificates stay. `already`: it was deactivated before.
   */
  async deactivateAccount(id: string, by: By): Promise<'done' | 'already' | 'unknown'> {
    const { store, records } = this.#options;
    const account = await records.findAccount(id);
    if (account === undefined) return 'unknown';
    const { clientId, profile } = account;
    const done = await store.deactivateAccount(id, {
      actor: by.actor,
      act: 'account.deactivated',
      object: { kind: 'account', id },
      ...(clientId === undefined ? {} : { clientId }),
      data: { profile, ...reasonOf(by) },
    });
    return done ? 'done' : 'already';
  }

  /** The keys of a client that still may bind an account, in the order of their ids, those after `after`; at most `limit`. */
  unusedKeys(page: {
    readonly clientId: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<ExternalAccountKey[]> {
    return this.#options.store.listUnusedKeys({ ...page, at: this.#options.clock() });
  }

  /** From then on a key binds no account. `used`: it has bound one. */
  async withdrawKey(
    { clientId, kid }: { readonly clientId: string; readonly kid: string },
    by: By,
  ): Promise<'done' | 'used' | 'unknown'> {
    const { store, records } = this.#options;
    const key = await records.findExternalKey(kid);
    if (key?.clientId !== clientId) return 'unknown';
    const done = await store.withdrawKey(kid, {
      actor: by.actor,
      act: 'client.enrolment_withdrawn',
      object: { kind: 'client', id: clientId },
      clientId,
      data: { profile: key.profile, kid, ...reasonOf(by) },
    });
    if (done) return 'done';
    return (await records.findExternalKey(kid)) === undefined ? 'unknown' : 'used';
  }
}

function reasonOf({ reason }: By): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
