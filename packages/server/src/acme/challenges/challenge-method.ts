import type { ChallengeFailure, ChallengeType, Identifier } from '../records.ts';

/** How validation reaches what others control. It connects to nothing but the addresses that policy admits. */
export interface ValidationNetwork {
  /** The body of the answer 200 to a GET, possibly after redirects. */
  fetch(url: string): Promise<Buffer>;
  /** The texts of the TXT records, each joined. Empty: there are none. */
  resolveTxt(name: string): Promise<string[]>;
  /** The certificate that a server sends in a handshake with this ALPN protocol, whoever signed it; `protocol`: what it chose. */
  presentedCertificate(options: {
    readonly host: string;
    readonly port: number;
    readonly serverName: string;
    readonly protocol: string;
  }): Promise<{ readonly certificate: Buffer; readonly protocol: string | undefined }>;
}

/**
 * Why the network gave no answer; what `ValidationNetwork` rejects with. Its message is shown to the owner of the
 * account and must not hold what was read.
 */
export class NetworkFailure extends Error {
  readonly type: ChallengeFailure['type'];
  /** Whether trying again is no use. */
  readonly final: boolean;

  constructor(type: ChallengeFailure['type'], message: string, final = type === 'unauthorized') {
    super(message);
    this.name = 'NetworkFailure';
    this.type = type;
    this.final = final;
  }
}

export interface ChallengeContext {
  readonly identifier: Identifier;
  readonly token: string;
  /** RFC 8555 §8.1. */
  readonly keyAuthorization: string;
  readonly network: ValidationNetwork;
  readonly ports: { readonly http: number; readonly tls: number };
}

/** One way of proving an identifier. One file each. */
export interface ChallengeMethod {
  readonly type: ChallengeType;
  /** Whether it can prove this. */
  appliesTo(identifier: Identifier, wildcard: boolean): boolean;
  /** Resolves when it is proven; rejects with NetworkFailure. */
  validate(context: ChallengeContext): Promise<void>;
}
