import { ownAuthorities } from '../claims.ts';
import type { ClientRecord } from '../client.ts';
import { derivedDnsName, isDerivedDnsName } from '../client-dns-name.ts';
import { ClientError } from '../client-error.ts';
import { canonicalMatcher, kindOf } from '../matchers/matchers.ts';
import type { ActContext } from './act-context.ts';

type Named = Pick<ClientRecord, 'clientId' | 'tlsClientAuth'>;

/**
 * The authorities here give each client a DNS name made from its id. So no other client may have such a name as its matcher, now or later:
 * they are kept for the clients of those ids. A matcher from before that rule is found by one look-up, where a client is to get that name.
 * `former` is what the client was; what it had then, it keeps. Throws ClientError `matcher_taken`.
 */
export async function refuseDerivedNames(context: ActContext, client: Named, former?: Named): Promise<void> {
  const own = derivedDnsName(client.clientId, context.issuer);
  const name = dnsMatcher(client);
  if (former !== undefined && dnsMatcher(former) === name) return;
  if (name !== undefined) {
    if (name === own || !isDerivedDnsName(name, context.issuer)) return;
    const { member } = kindOf({ kind: 'san_dns' });
    throw new ClientError('matcher_taken', `${member}: ${name} is kept for the client of that id`, member);
  }
  const matcher = canonicalMatcher({ kind: 'san_dns', value: own });
  if (matcher === undefined) return;
  const owner = await context.store.findByMatcher({ anchor: ownAuthorities, matcher });
  if (owner === undefined || owner === client.clientId) return;
  throw new ClientError(
    'matcher_taken',
    `the client ${owner} has the name of this client, ${own}, as its matcher`,
  );
}

function dnsMatcher({ tlsClientAuth }: Named): string | undefined {
  return tlsClientAuth?.kind === 'san_dns' ? tlsClientAuth.value.toLowerCase() : undefined;
}
