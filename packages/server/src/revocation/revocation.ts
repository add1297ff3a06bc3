import type { Denylist } from '@mortise/resource-server';
import type { AuthorityStore } from '../authority/index.ts';
import type { ClientStore } from '../clients/index.ts';
import { accessTokenLifetimeBounds } from '../clients/index.ts';
import type { Feed } from '../events/index.ts';
import type { SigningKeys } from '../tokens/index.ts';
import type { ActContext, ActOutcome, By } from './acts/act.ts';
import { type AuthorityToRevoke, revokeAuthority } from './acts/authority-acts.ts';
import type { CertificateToRevoke } from './acts/certificate-acts.ts';
import { releaseCertificate, revokeCertificate } from './acts/certificate-acts.ts';
import { resumeClient, revokeClient, suspendClient } from './acts/client-acts.ts';
import { revokeCredential } from './acts/credential-acts.ts';
import type { TokenToRevoke } from './acts/token-acts.ts';
import { revokeToken } from './acts/token-acts.ts';
import { DenylistFollower } from './denylist-follower.ts';
import { EntryLifetimes } from './entry-lifetimes.ts';
import type { RevocationStore } from './store.ts';

export interface RevocationOptions {
  readonly store: RevocationStore;
  readonly feed: Feed;
  readonly clients: Pick<ClientStore, 'find' | 'findCredential' | 'findByCertificate'>;
  readonly authorities: Pick<AuthorityStore, 'listAuthorities' | 'findCertificate'>;
  /** Removes the key that was made on a token for an intermediate which a revoked root has not signed; must not reject. Default: there is no token. */
  readonly discardKey?: ActContext['discardKey'];
  /** Has the act that revokes a key, because another has to take its place in the same transaction. */
  readonly signingKeys: Pick<SigningKeys, 'revoke'>;
  readonly clock: () => number;
  /** No access token may ever be given a longer life: entries about tokens stay for as long. Default 86,400. */
  readonly maximumAccessTokenLifetimeSeconds?: number;
  /** How old the newest knowledge may be before this process must mint and admit nothing. Default 30. */
  readonly stalenessLimitSeconds?: number;
}

/**
 * Revokes, and knows what is revoked. Each act with its whole cascade is one transaction; when its promise resolves,
 * it is durable and `denylist` holds it. Acts that find their work done change nothing and say so; those that cannot
 * be done reject with RevocationError.
 */
export class Revocation {
  /** What the streams to nodes follow. */
  readonly follower: DenylistFollower;
  readonly lifetimes: EntryLifetimes;
  readonly #context: ActContext;
  readonly #signingKeys: RevocationOptions['signingKeys'];
  #pruning: NodeJS.Timeout | undefined;

  private constructor(options: RevocationOptions, follower: DenylistFollower, lifetimes: EntryLifetimes) {
    const { store, clients, authorities, clock, discardKey = async () => {} } = options;
    this.follower = follower;
    this.lifetimes = lifetimes;
    this.#context = { store, clients, authorities, discardKey, clock, lifetimes };
    this.#signingKeys = options.signingKeys;
  }

  /** Reads the stored denylist, and follows the feed from there. */
  static async open(options: RevocationOptions): Promise<Revocation> {
    const { store, feed, clock, stalenessLimitSeconds = 30 } = options;
    const follower = await DenylistFollower.open({ store, feed, clock, stalenessLimitSeconds });
    const lifetimes = new EntryLifetimes(
      options.maximumAccessTokenLifetimeSeconds ?? accessTokenLifetimeBounds.maximumSeconds,
    );
    return new Revocation(options, follower, lifetimes);
  }

  /** Everything that is revoked and could still be used; in memory, never to be changed by its readers. */
  get denylist(): Denylist {
    return this.follower.denylist;
  }

  /** How old the newest knowledge is, in milliseconds. */
  get lagMs(): number {
    return this.follower.lagMs;
  }

  /** Whether too much may have happened unseen to decide by `denylist`. */
  isStale(): boolean {
    return this.follower.isStale();
  }

  suspendClient(clientId: string, by: By): Promise<ActOutcome> {
    return suspendClient(this.#context, clientId, by);
  }

  resumeClient(clientId: string, by: By): Promise<ActOutcome> {
    return resumeClient(this.#context, clientId, by);
  }

  revokeClient(clientId: string, by: By): Promise<ActOutcome> {
    return revokeClient(this.#context, clientId, by);
  }

  revokeCredential(clientId: string, credentialId: string, by: By): Promise<ActOutcome> {
    return revokeCredential(this.#context, clientId, credentialId, by);
  }

  revokeCertificate(certificate: CertificateToRevoke, by: By): Promise<ActOutcome> {
    return revokeCertificate(this.#context, certificate, by);
  }

  /** Ends the hold (`certificate_hold`) of a certificate that was issued here. */
  releaseCertificate(fingerprint256: string, by: By): Promise<ActOutcome> {
    return releaseCertificate(this.#context, fingerprint256, by);
  }

  /** The token must have been verified as this server's own; that its holder may revoke it is the caller's question. */
  revokeToken(token: TokenToRevoke, by: By): Promise<ActOutcome> {
    return revokeToken(this.#context, this.follower, token, by);
  }

  /** Ends a key that signs tokens, and every token that it signed. Rejects with SigningKeyError. */
  revokeKey(keyId: string, by: By): Promise<void> {
    const { actor, reason } = by;
    return this.#signingKeys.revoke({ kid: keyId, actor, ...(reason === undefined ? {} : { reason }) });
  }

  /** Ends an authority, or several in one act, with those under them. */
  revokeAuthority(
    authorityId: string | readonly string[],
    by: By & { readonly revocationReason?: AuthorityToRevoke['reason'] },
  ): Promise<ActOutcome> {
    const { revocationReason: reason } = by;
    const authorityIds = typeof authorityId === 'string' ? [authorityId] : authorityId;
    const authority = { authorityIds, ...(reason === undefined ? {} : { reason }) };
    return revokeAuthority(this.#context, authority, by);
  }

  /** Drops what has nothing left to kill, now. */
  prune(): Promise<void> {
    return this.follower.prune();
  }

  /** Prunes every ten minutes from now on. The timer keeps no process alive. */
  startPruning(onError: (error: unknown) => void): void {
    this.#pruning ??= setInterval(() => {
      this.prune().catch(onError);
    }, 600_000).unref();
  }

  close(): void {
    clearInterval(this.#pruning);
    this.follower.close();
  }
}
