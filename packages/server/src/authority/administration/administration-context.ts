import type { OwnAuthorities } from '../own-authorities.ts';
import type { AuthorityKeys } from '../signers/authority-keys.ts';
import type { AuthorityStore } from '../store.ts';
import type { AuthorityMaker, MakerContext } from './authority-maker.ts';
import type { AuthorityRulesActs } from './authority-rules.ts';

/** What the acts of administrators on authorities work with. */
export interface AdministrationContext {
  readonly store: Pick<AuthorityStore, 'addAuthorities' | 'addRequest' | 'deleteRequest' | 'listRequests'>;
  readonly authorities: OwnAuthorities;
  readonly keys: AuthorityKeys;
  readonly maker: AuthorityMaker;
  readonly rules: AuthorityRulesActs;
  readonly certificateUrl: (authorityId: string) => string;
  readonly revocationUrls: MakerContext['revocationUrls'];
  readonly clock: () => number;
}
