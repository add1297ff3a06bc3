import { AuthorityError } from '../authority-error.ts';
import { importedEvent, requestedEvent } from '../authority-events.ts';
import type { AuthorityRecord, AuthorityRequest } from '../authority-record.ts';
import type { AdministrationContext } from './administration-context.ts';
import { chainRecord, checkChain, readChain } from './authority-chain.ts';
import type { AskedRules } from './authority-rules.ts';
import { type AskedIntermediate, prepareRequest } from './intermediate-requests.ts';
import { refuseTakenKeys, refuseTakenName } from './new-authority.ts';
import { recordAuthorities } from './record-authorities.ts';

/** A new authority whose root's key is kept elsewhere: the root and the request for its first intermediate, both or neither. Rejects with AuthorityError. */
export async function registerOfflineRoot(
  context: AdministrationContext,
  asked: AskedRules & AskedIntermediate & { readonly name: string; readonly offlineRoot: string },
): Promise<AuthorityRequest> {
  const { authorities, maker, clock } = context;
  const { name, actor } = asked;
  refuseTakenName(authorities, name);
  const expectedCount = authorities.list().length;
  const rules = await context.rules.ofNew(name, asked);
  const chain = readChain(asked.offlineRoot);
  if (chain.length > 1) {
    throw new AuthorityError('import_invalid', 'there has to be one certificate, the root');
  }
  await checkChain(chain, clock());
  refuseTakenKeys(authorities, chain);
  const root: AuthorityRecord = {
    ...chainRecord(chain[0]!, { name, kind: 'root', createdAt: maker.nextCreatedAt() }),
    signer: 'offline',
  };
  const request = await prepareRequest(context, root, asked);
  await recordAuthorities(
    context,
    { authorities: [root], expectedCount, ...(rules === undefined ? {} : { rules }), request },
    { events: [importedEvent(root, actor), requestedEvent(request, actor)], madeKeysOf: [request] },
  );
  return request;
}
