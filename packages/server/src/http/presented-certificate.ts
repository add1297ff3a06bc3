import type { X509Certificate } from 'node:crypto';
import { hash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { Certificate } from '@mortise/x509';
import type { PresentedCertificate } from '../authorization/index.ts';

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
    const peer = socket.getPeerX509Certificate();
    if (peer === undefined) return undefined;
    const presented = describe(peer, socket.isSessionReused(), this.#chains);
    (socket as Carrying)[ofConnection] = presented;
    return presented;
  }

  of(socket: TLSSocket): PresentedCertificate | undefined {
    return (socket as Carrying)[ofConnection];
  }
}

function describe(peer: X509Certificate, resumed: boolean, chains: ChainMemory): PresentedCertificate {
  const der = peer.raw;
  const x5t = hash('sha256', der, 'base64url');
  // A session keeps the leaf alone (in TLS 1.2 and 1.3 alike), so the rest is what its full handshake showed.
  if (resumed) return new OfHandshake(der, x5t, chains.of(x5t) ?? [], true);
  const chain = sentAfter(peer);
  if (chain.length > 0) chains.remember(x5t, chain);
  return new OfHandshake(der, x5t, chain, false);
}

class OfHandshake implements PresentedCertificate {
  readonly der: Buffer;
  readonly x5t: string;
  readonly chain: readonly Buffer[];
  readonly resumed: boolean;
  #certificate: Certificate | undefined;

  constructor(der: Buffer, x5t: string, chain: readonly Buffer[], resumed: boolean) {
    this.der = der;
    this.x5t = x5t;
    this.chain = chain;
    this.resumed = resumed;
  }

  get certificate(): Certificate {
    this.#certificate ??= Certificate.parse(this.der);
    return this.#certificate;
  }
}

/**
 * What the peer sent behind its leaf, in its order. On a server `issuerCertificate` walks the certificates as they
 * came, related or not; `getPeerCertificate(true)` would stop at the first that did not sign its predecessor.
 */
function sentAfter(peer: X509Certificate): Buffer[] {
  const chain: Buffer[] = [];
  let next = peer.issuerCertificate;
  while (next !== undefined && chain.length < chainLimit) {
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
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
