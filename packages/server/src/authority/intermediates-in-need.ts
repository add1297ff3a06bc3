import type { AuthorityMaker } from './administration/authority-maker.ts';
import type { AuthorityRecord } from './authority-record.ts';
import type { OwnAuthorities } from './own-authorities.ts';

/** Where the last intermediate of an authority was revoked or came to its end, has its root sign another one. */
export class IntermediatesInNeed {
  readonly #authorities: OwnAuthorities;
  readonly #maker: AuthorityMaker;
  readonly #making = new Map<string, Promise<AuthorityRecord>>();

  constructor(authorities: OwnAuthorities, maker: AuthorityMaker) {
    this.#authorities = authorities;
    this.#maker = maker;
  }

  /** Makes one if there is none, and a root that can sign; once for all who ask meanwhile. Rejects with AuthorityError. */
  async ensure(name: string): Promise<void> {
    const able = (kind: AuthorityRecord['kind']): boolean =>
      this.#authorities.mayIssue(kind, name).length > 0;
    if (able('intermediate') || !able('root')) return;
    let making = this.#making.get(name);
    if (making === undefined) {
      making = this.#maker
        .addIntermediate({ name, inherit: true, actor: 'system' })
        .finally(() => this.#making.delete(name));
      this.#making.set(name, making);
    }
    await making;
  }
}
