import type { OwnToken, TokenGrant, TokenVerdict } from './access-token.ts';
import { readOwnToken } from './own-token-reader.ts';
import type { SigningKey } from './signing-key.ts';
import type { SigningKeys } from './signing-keys.ts';
import { newTokenId } from './token-ids.ts';
import { encodedText, quoted, quotedList } from './token-text.ts';

/** A grant that must not become a token: a fault of the caller, never of the request. */
export class TokenGrantError extends Error {
  readonly code: 'binding_required' | 'lifetime_out_of_bounds';

  constructor(code: TokenGrantError['code'], message: string) {
    super(message);
    this.name = 'TokenGrantError';
    this.code = code;
  }
}

/** Access tokens of RFC 9068: made without touching the database, and read back for introspection and revocation. */
export class AccessTokens {
  readonly #issuer: string;
  readonly #issuerMember: string;
  readonly #keys: SigningKeys;
  readonly #clock: () => number;

  constructor(options: {
    readonly issuer: string;
    readonly keys: SigningKeys;
    readonly clock: () => number;
  }) {
    this.#issuer = options.issuer;
    this.#issuerMember = `{"iss":${JSON.stringify(options.issuer)},"sub":`;
    this.#keys = options.keys;
    this.#clock = options.clock;
  }

  /**
   * Signs a token with the resource's algorithm; a promise only for RSA, and for the first token of an algorithm
   * ever. Throws TokenGrantError rather than sign an unbound token for a client that must be bound, or one that
   * lives longer than its key stays published.
   */
  mint(grant: TokenGrant): string | Promise<string> {
    if (grant.client.certificateBoundAccessTokens && !grant.confirmation?.['x5t#S256']) {
      throw new TokenGrantError('binding_required', 'this client gets bound tokens only');
    }
    const { lifetimeSeconds } = grant;
    if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= this.#keys.maximumTokenLifetimeSeconds)) {
      throw new TokenGrantError('lifetime_out_of_bounds', 'no token may live that long');
    }
    const algorithm = grant.resource.signingAlgorithm;
    const key = this.#keys.current(algorithm);
    if (key !== undefined) return this.#sign(key, grant);
    return this.#keys.ensure(algorithm).then(() => this.#sign(this.#keys.current(algorithm)!, grant));
  }

  /** Whether this is a live token of ours; the denylist is not looked at. Bounded: 16 KiB. */
  verify(token: string): TokenVerdict {
    return readOwnToken(token, { issuer: this.#issuer, keys: this.#keys, now: this.#clock() });
  }

  /** The token, if it is a live one of ours. */
  read(token: string): OwnToken | undefined {
    const verdict = this.verify(token);
    return verdict.valid ? verdict.token : undefined;
  }

  #sign(key: SigningKey, grant: TokenGrant): string | Promise<string> {
    const input = key.encodedHeader + encodedText(this.#claims(grant));
    const signature = key.sign(Buffer.from(input, 'latin1'));
    if (typeof signature === 'string') return `${input}.${signature}`;
    return signature.then((made) => `${input}.${made}`);
  }

  /** The claims as JSON, put together by hand: this is the hot path, and only values from outside need escaping. */
  #claims(grant: TokenGrant): string {
    const { client, confirmation, credentialIds, authorityIds } = grant;
    const issuedAt = Math.floor(this.#clock() / 1000);
    const clientId = quoted(client.clientId);
    const bound = confirmation === undefined ? '' : `,"cnf":{"x5t#S256":${quoted(confirmation['x5t#S256'])}}`;
    return (
      `${this.#issuerMember}${clientId},"client_id":${clientId},"aud":${quoted(grant.resource.identifier)}` +
      `,"exp":${issuedAt + Math.floor(grant.lifetimeSeconds)},"iat":${issuedAt},"jti":"${newTokenId()}"` +
      `,"scope":${quoted(grant.scope)}${bound},"mortise":{"epoch":${client.epoch}` +
      `,"credentials":${quotedList(credentialIds)},"authorities":${quotedList(authorityIds)}}}`
    );
  }
}
