import type { Actor } from '../../events/index.ts';
import type { AuthorityRecord, AuthorityRequest, AuthorityRules } from '../authority-record.ts';
import type { AdministrationContext } from './administration-context.ts';
import { AuthorityRulesActs, type RulesContext } from './authority-rules.ts';
import { type CreateAuthority, type CreatedAuthority, createAuthority } from './create-authority.ts';
import { type ImportAuthority, importAuthority } from './import-authority.ts';
import { importSigned } from './import-signed.ts';
import { cancelRequest } from './intermediate-requests.ts';

/** What administrators do to authorities, but for ending them (`revocation/`) and for rollovers. Every method rejects with AuthorityError. */
export class AuthorityAdministration {
  readonly #context: AdministrationContext;

  constructor(context: Omit<AdministrationContext, 'rules'> & RulesContext) {
    this.#context = { ...context, rules: new AuthorityRulesActs(context) };
  }

  /** A new authority, or another intermediate of one that is there. */
  create(options: CreateAuthority): Promise<CreatedAuthority> {
    return createAuthority(this.#context, options);
  }

  /** Takes an authority that was made elsewhere, with its key. Answers the one that issues. */
  importAuthority(options: ImportAuthority): Promise<AuthorityRecord> {
    return importAuthority(this.#context, options);
  }

  /** Takes the certificate of an intermediate whose request was signed by its root elsewhere. */
  importSigned(options: { readonly certificate: string; readonly actor: Actor }): Promise<AuthorityRecord> {
    return importSigned(this.#context, options);
  }

  /** Requests that have still to be signed, oldest first. */
  requests(): Promise<AuthorityRequest[]> {
    return this.#context.store.listRequests();
  }

  /** Forgets a request and the key that was made for it, also one on a token. */
  cancelRequest(options: { readonly id: string; readonly actor: Actor }): Promise<void> {
    return cancelRequest(this.#context, options);
  }

  /** The rules of every authority that has some. */
  listRules(): Promise<AuthorityRules[]> {
    return this.#context.rules.list();
  }

  /** Which profiles an authority issues, and to whom; null takes a limit away. */
  changeRules(options: {
    readonly name: string;
    readonly profiles?: readonly string[] | null;
    readonly clients?: readonly string[] | null;
    readonly actor: Actor;
  }): Promise<AuthorityRules> {
    return this.#context.rules.change(options);
  }
}
