import { AuthorityError } from './authority-error.ts';
import type { AuthorityKind, AuthorityRules } from './authority-record.ts';
import { mainAuthority } from './authority-record.ts';

/** For what an authority is looked for. */
export interface AuthorityWanted {
  readonly kind: AuthorityKind;
  readonly profile: string;
  readonly clientId?: string | undefined;
  /** The name of the authority, where it was asked for. */
  readonly name?: string | undefined;
}

/**
 * The name of the authority that issues this: the one asked for; or else, of those whose rules allow it, one that names the client, then `main`,
 * then the oldest. `names`: all authorities, the oldest first. Throws AuthorityError.
 */
export function chooseAuthority(
  names: readonly string[],
  rules: readonly AuthorityRules[],
  wanted: AuthorityWanted,
): string {
  const rulesOf = (name: string): AuthorityRules | undefined => rules.find((one) => one.name === name);
  const { name, profile, clientId } = wanted;
  if (name !== undefined) {
    if (!names.includes(name)) throw new AuthorityError('authority_unknown', `there is no authority ${name}`);
    const why = refusalBy(rulesOf(name), wanted);
    if (why !== undefined) throw new AuthorityError('authority_not_allowed', `authority ${name} ${why}`);
    return name;
  }
  const allowed = names.filter((one) => refusalBy(rulesOf(one), wanted) === undefined);
  const named = allowed.find((one) => clientId !== undefined && rulesOf(one)?.clients?.includes(clientId));
  const chosen = named ?? (allowed.includes(mainAuthority) ? mainAuthority : allowed[0]);
  if (chosen !== undefined) return chosen;
  const what = clientId === undefined ? `profile ${profile}` : `profile ${profile} to client ${clientId}`;
  throw new AuthorityError('authority_not_allowed', `the rules let no authority issue the ${what}`);
}

function refusalBy(
  rules: AuthorityRules | undefined,
  { profile, clientId }: AuthorityWanted,
): string | undefined {
  if (rules?.profiles !== undefined && !rules.profiles.includes(profile)) {
    return `does not issue the profile ${profile}`;
  }
  if (rules?.clients === undefined) return undefined;
  if (clientId === undefined) return 'issues to clients alone, and none was named';
  return rules.clients.includes(clientId) ? undefined : `does not issue to client ${clientId}`;
}
