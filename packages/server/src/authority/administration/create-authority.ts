import type { Actor } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import type { AuthorityKeyType, AuthorityRecord, AuthorityRequest } from '../authority-record.ts';
import type { OwnAuthorities } from '../own-authorities.ts';
import type { KeyPlace } from '../signers/authority-keys.ts';
import type { AdministrationContext } from './administration-context.ts';
import type { AskedRules } from './authority-rules.ts';
import { requestIntermediate } from './intermediate-requests.ts';
import { type AskedConstraints, onlyConstraints } from './name-constraints-asked.ts';
import { refuseBadName, refuseTakenName } from './new-authority.ts';
import { contended } from './record-authorities.ts';
import { registerOfflineRoot } from './register-offline-root.ts';

export interface CreateAuthority extends AskedRules, AskedConstraints {
  /** Of a new authority, or of one that is to get another intermediate. */
  readonly name: string;
  /** Default: that of the root, or `ec-p256`. */
  readonly keyType?: AuthorityKeyType;
  /** Where new keys are made. Default: where the key of the authority's last intermediate, or else of its root, is; of a new authority, sealed in the database. */
  readonly place?: KeyPlace;
  /** PEM of a root whose key is kept away from this server; for a new authority. */
  readonly offlineRoot?: string;
  readonly actor: Actor;
}

/** An intermediate that issues now, or one that its root has still to sign. */
export type CreatedAuthority =
  | { readonly done: true; readonly authority: AuthorityRecord }
  | { readonly done: false; readonly request: AuthorityRequest };

/** A new authority, or another intermediate of one that is there. Rejects with AuthorityError. */
export async function createAuthority(
  context: AdministrationContext,
  options: CreateAuthority,
): Promise<CreatedAuthority> {
  const { name, offlineRoot } = options;
  refuseBadName(name);
  if (offlineRoot !== undefined) {
    return { done: false, request: await registerOfflineRoot(context, { ...options, offlineRoot }) };
  }
  if (context.authorities.list().every((record) => record.name !== name)) {
    return { done: true, authority: await addPair(context, options) };
  }
  if (options.profiles !== undefined || options.clients !== undefined) {
    throw new AuthorityError(
      'authority_exists',
      `there is an authority ${name} already; change its rules by themselves`,
    );
  }
  const root = offlineRootOf(context.authorities, name);
  return root === undefined
    ? { done: true, authority: await context.maker.addIntermediate(intermediateOf(options)) }
    : { done: false, request: await requestIntermediate(context, root, options) };
}

async function addPair(
  { authorities, maker, rules: acts }: AdministrationContext,
  options: CreateAuthority,
): Promise<AuthorityRecord> {
  const { name, keyType = 'ec-p256' } = options;
  const rules = await acts.ofNew(name, options);
  // It may have come while the rules were checked; what comes from here on the maker finds.
  refuseTakenName(authorities, name);
  const made = await maker.addPair({
    ...intermediateOf(options),
    keyType,
    ...(rules === undefined ? {} : { rules }),
  });
  if (made === false) throw contended();
  return made;
}

function intermediateOf(options: CreateAuthority) {
  const { name, keyType, place, actor } = options;
  return {
    name,
    actor,
    constraints: onlyConstraints(options),
    ...(keyType === undefined ? {} : { keyType }),
    ...(place === undefined ? {} : { place }),
  };
}

/** The root that signs for this authority, if its key is elsewhere. Throws AuthorityError. */
function offlineRootOf(authorities: OwnAuthorities, name: string): AuthorityRecord | undefined {
  if (authorities.mayIssue('root', name).length > 0) return undefined;
  const root = authorities
    .active('root')
    .findLast((record) => record.name === name && record.state === 'active');
  if (root !== undefined) return root;
  throw new AuthorityError('no_active_authority', `authority ${name} has no root that may sign`);
}
