import type { Agent } from 'undici';
import { TokenCache } from './tokens/token-cache.ts';
import type { AccessToken, TokenTarget } from './tokens/token-request.ts';
import type { Anchors } from './transport/anchors.ts';
import { type ClientCertificate, Connections } from './transport/connections.ts';

export interface IdentityOptions {
  readonly certificate: ClientCertificate | undefined;
  readonly anchors: Anchors | undefined;
  /** Where a pinned root is fetched from. */
  readonly origin: string;
  readonly requestToken: (target: TokenTarget, identity: Identity, agent: Agent) => Promise<AccessToken>;
  readonly clock: () => number;
  readonly random: () => number;
}

/**
 * What belongs together and is replaced as one: a certificate, the connections that present it, and the tokens bound to it. A token of one
 * never goes over a connection of another.
 */
export class Identity {
  readonly certificate: ClientCertificate | undefined;
  readonly anchors: Anchors | undefined;
  readonly connections: Connections;
  readonly tokens: TokenCache;

  constructor(options: IdentityOptions) {
    const { certificate, anchors, clock, random } = options;
    this.certificate = certificate;
    this.anchors = anchors;
    this.connections = new Connections(options);
    this.tokens = new TokenCache({
      clock,
      random,
      request: (target) => this.connections.use((agent) => options.requestToken(target, this, agent)),
    });
  }
}
