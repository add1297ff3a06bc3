import type { TokenGrant } from './access-token.ts';

interface Encoded {
  readonly grant: TokenGrant;
  readonly text: string;
}

/**
 * The claims that are the same in each token of a grant, as JSON in base64url up to the comma before the others. Each client's last
 * are remembered: services ask for one thing again and again, and most of a token is this.
 */
export class SteadyClaims {
  readonly #issuer: string;
  readonly #last = new WeakMap<TokenGrant['client'], Encoded>();

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** Ends between two octets, so that the encodings of this and of what follows can stand behind each other. */
  encoded(grant: TokenGrant): string {
    const last = this.#last.get(grant.client);
    if (last !== undefined && isSame(last.grant, grant)) return last.text;
    const text = this.#encode(grant);
    this.#last.set(grant.client, { grant, text });
    return text;
  }

  #encode({ client, resource, scope, confirmation, credentialIds, authorityIds }: TokenGrant): string {
    const json = JSON.stringify({
      iss: this.#issuer,
      sub: client.clientId,
      client_id: client.clientId,
      aud: resource.identifier,
      scope,
      ...(confirmation !== undefined && { cnf: { 'x5t#S256': confirmation['x5t#S256'] } }),
      mortise: { epoch: client.epoch, credentials: credentialIds, authorities: authorityIds },
    });
    const open = Buffer.from(`${json.slice(0, -1)},`);
    // Three octets are four characters; JSON lets spaces stand before a member (RFC 8259 §2).
    const spaces = Buffer.alloc((3 - (open.length % 3)) % 3, ' ');
    return Buffer.concat([open, spaces]).toString('base64url');
  }
}

function isSame(one: TokenGrant, other: TokenGrant): boolean {
  return (
    one.client.clientId === other.client.clientId &&
    one.client.epoch === other.client.epoch &&
    one.resource.identifier === other.resource.identifier &&
    one.scope === other.scope &&
    one.confirmation?.['x5t#S256'] === other.confirmation?.['x5t#S256'] &&
    isSameList(one.credentialIds, other.credentialIds) &&
    isSameList(one.authorityIds, other.authorityIds)
  );
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
