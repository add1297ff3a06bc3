import { hash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { Certificate } from '@mortise/x509';
import type { PresentedCertificate } from '../authorization/index.ts';
import type { Handler } from './exchange.ts';
import { takeSessionLeaf } from './session-leaf.ts';

/** More certificates than that in a handshake are not looked at. */
const chainLimit = 10;

/** Where a connection carries its certificate; a WeakMap would be walked by each garbage collection. */
const ofConnection = Symbol('presented certificate');

interface Carrying {
  [ofConnection]?: PresentedCertificate;
}

/**
 * The certificate of each connection, read once from TLS and then from memory. Proof of possession is OpenSSL's;
 * whether the certificate is any good is not asked here.
 */
export class PresentedCertificates {
  readonly #chains: ChainMemory;

  constructor(rememberedChains = 10_000) {
    this.#chains = new ChainMemory(rememberedChains);
  }

  /** To be called when the handshake is over. `undefined` when the peer presented none. */
  read(socket: TLSSocket): PresentedCertificate | undefined {
    const leaf = leafOf(socket);
    if (leaf === undefined) return undefined;
    const presented = new OfHandshake(leaf, socket, this.#chains);
    (socket as Carrying)[ofConnection] = presented;
    return presented;
  }

  of(socket: TLSSocket): PresentedCertificate | undefined {
    return (socket as Carrying)[ofConnection];
  }
}

/**
 * The leaf alone, from the session: a hundredth of the cost of `getPeerCertificate`, which describes it (a sixth of a resumed
 * handshake), and of `getPeerX509Certificate`, which copies the whole chain and leaves the copies to the garbage collector.
 */
function leafOf(socket: TLSSocket): Buffer | X509Certificate | undefined {
  const session = socket.getSession();
  return (session && takeSessionLeaf(session)) ?? socket.getPeerX509Certificate();
}

class OfHandshake implements PresentedCertificate {
  readonly der: Buffer;
  readonly x5t: string;
  readonly resumed: boolean;
  readonly #chains: ChainMemory;
  /** Where the chain is read: Node gives it out once. */
  #source: (() => X509Certificate | undefined) | undefined;
  #chain: readonly Buffer[] | undefined;
  #certificate: Certificate | undefined;

  constructor(leaf: Buffer | X509Certificate, socket: TLSSocket, chains: ChainMemory) {
    this.der = leaf instanceof X509Certificate ? leaf.raw : leaf;
    this.x5t = hash('sha256', this.der, 'base64url');
    this.resumed = socket.isSessionReused();
    this.#source = () => (leaf instanceof X509Certificate ? leaf : socket.getPeerX509Certificate());
    this.#chains = chains;
  }

  get certificate(): Certificate {
    this.#certificate ??= Certificate.parse(this.der);
    return this.#certificate;
  }

  /** Read when it is first asked for: nobody asks for the chain of a leaf whose path was found before. */
  get chain(): readonly Buffer[] {
    this.#chain ??= this.#readChain();
    return this.#chain;
  }

  #readChain(): readonly Buffer[] {
    // A session keeps the leaf alone (in TLS 1.2 and 1.3 alike), so the rest is what its full handshake showed.
    if (this.resumed) return this.#chains.of(this.x5t) ?? [];
    const chain = sentAfter(this.#source?.());
    this.#source = undefined;
    if (chain.length > 0) this.#chains.remember(this.x5t, chain);
    return chain;
  }
}

/**
 * What the peer sent behind its leaf, in its order. On a server `issuerCertificate` walks the certificates as they
 * came, related or not; `getPeerCertificate(true)` would stop at the first that did not sign its predecessor.
 */
function sentAfter(peer: X509Certificate | undefined): Buffer[] {
  const chain: Buffer[] = [];
  let next = peer?.issuerCertificate;
  while (next !== undefined && chain.length < chainLimit) {
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}

/**
 * For a handler that reads the certificate from the socket by itself, as the resource server library does: Node takes the chain out of the
 * connection with the first `getPeerX509Certificate`, so that whoever asks for it later would find none.
 */
export function withChainRead(handler: Handler): Handler {
  return (exchange) => {
    void exchange.certificate?.chain;
    return handler(exchange);
  };
}

/** Chains by leaf, for resumed connections: a bounded map that forgets what was used longest ago. */
class ChainMemory {
  readonly #limit: number;
  readonly #chains = new Map<string, readonly Buffer[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  of(x5t: string): readonly Buffer[] | undefined {
    const chain = this.#chains.get(x5t);
    if (chain !== undefined) this.#touch(x5t, chain);
    return chain;
  }

  remember(x5t: string, chain: readonly Buffer[]): void {
    this.#touch(x5t, chain);
    if (this.#chains.size > this.#limit) this.#chains.delete(this.#chains.keys().next().value as string);
  }

  #touch(x5t: string, chain: readonly Buffer[]): void {
    this.#chains.delete(x5t);
    this.#chains.set(x5t, chain);
  }
}
