import { type Certificate, type PathValidation, validatePath, X509Error } from '@mortise/x509';
import type { Client, TrustAnchor } from '../../clients/index.ts';
import { AnchorSets } from '../certificate-trust/anchor-sets.ts';
import { CertificateOwnership } from '../certificate-trust/certificate-ownership.ts';
import type { CertificateUse } from '../certificate-trust/certificate-use.ts';
import { clientPathOptions } from '../certificate-trust/path-verdicts.ts';
import { Refused } from '../refusal.ts';
import type { PresentedCertificate } from '../request.ts';
import { type Check, type Decision, failed, passed } from './check.ts';
import { explainCertificate, rolesOf } from './explain-certificate.ts';
import { explainToken } from './explain-token.ts';
import type { ExplainerPorts } from './ports.ts';

/** What somebody wants to know about a client. */
export interface ExplainQuestion {
  readonly clientId: string;
  /** The certificate that would come with the connection, and those sent behind it. */
  readonly certificate?: { readonly leaf: Certificate; readonly chain: readonly Certificate[] } | undefined;
  /** An access token that would come with it. */
  readonly token?: string | undefined;
  /** The resource that the token would be used at. */
  readonly resource?: string | undefined;
}

export interface CertificateExplanation {
  /** What the certificate would do for the client: prove who it is, or bind its tokens alone. */
  readonly role: 'authentication' | 'binding';
  readonly decision: Decision;
  readonly checks: readonly Check[];
  /** What tokens would be bound to, whoever they are for. */
  readonly confirmation: { readonly 'x5t#S256': string };
}

export interface TokenExplanation {
  /** Whether a resource server that follows this server would accept it, its scopes left aside. */
  readonly accepted: boolean;
  readonly checks: readonly Check[];
}

export interface Explanation {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly clientId: string;
  readonly client: Check;
  readonly certificate: CertificateExplanation | undefined;
  readonly token: TokenExplanation | undefined;
}

/**
 * Says what this server would decide about a certificate or a token of a client, and each thing that it compares. The decision is made by
 * the very code that decides about requests; the checks beside it are told even where an earlier one has decided. Changes nothing, counts nothing,
 * and answers with no secret, key or token.
 */
export class Explainer {
  readonly #ports: ExplainerPorts;
  readonly #anchorSets: AnchorSets;
  readonly #ownership: CertificateOwnership;

  constructor(ports: ExplainerPorts) {
    this.#ports = ports;
    this.#anchorSets = new AnchorSets(ports.authorities);
    this.#ownership = new CertificateOwnership(ports);
  }

  /** Undefined: there is no such client. */
  async explain(question: ExplainQuestion): Promise<Explanation | undefined> {
    const { clients, clock } = this.#ports;
    const now = clock();
    const client = await clients.find(question.clientId);
    if (client === undefined) return undefined;
    const presented = question.certificate === undefined ? undefined : present(question.certificate);
    const { token, resource } = question;
    return {
      at: now,
      clientId: client.clientId,
      client: this.#clientCheck(client),
      certificate: presented === undefined ? undefined : await this.#certificate(presented, client, now),
      token:
        token === undefined ? undefined : await this.#token(token, resource, presented?.x5t, client, now),
    };
  }

  #clientCheck({ clientId, status }: Client): Check {
    const values = { status };
    if (status !== 'active') return failed('client', `The client is ${status}.`, values);
    const entry = this.#ports.revocation.denylist.denies({ clientId });
    return entry === undefined
      ? passed('client', 'The client is active.', values)
      : failed('client', 'The denylist holds the client.', { ...values, kind: entry.kind, id: entry.id });
  }

  async #certificate(
    presented: PresentedCertificate,
    client: Client,
    now: number,
  ): Promise<CertificateExplanation> {
    const roles = rolesOf(client, now);
    const found = await this.#decide(presented, client, now);
    const facts = {
      client,
      presented,
      anchors: this.#anchorsOf(client),
      path: await this.#path(presented, client, now),
      found,
      now,
    };
    return {
      role: roles.byPath || roles.byRegistration ? 'authentication' : 'binding',
      decision: found instanceof Refused ? { accepted: false, reason: found.reason } : { accepted: true },
      checks: await explainCertificate(facts, this.#ports),
      confirmation: { 'x5t#S256': presented.x5t },
    };
  }

  /** As the token endpoint would: the state of the server and of the client first, then each registered way. */
  async #decide(
    presented: PresentedCertificate,
    client: Client,
    now: number,
  ): Promise<CertificateUse | Refused> {
    const { revocation } = this.#ports;
    const { clientId, status } = client;
    if (revocation.isStale()) return new Refused({ code: 'stale' }, clientId);
    if (status !== 'active') return new Refused({ code: 'client_inactive', status }, clientId);
    const entry = revocation.denylist.denies({ clientId });
    if (entry !== undefined) return new Refused({ code: 'denylisted', entry }, clientId);
    const { byPath, byRegistration } = rolesOf(client, now);
    if (!byPath && !byRegistration) return await this.#ownership.forBinding(presented, client, now);
    const found = byPath
      ? await this.#ownership.byPath(presented, client, now)
      : await this.#ownership.byRegistration(presented, client, now);
    // During a move between the two, either will do.
    return found instanceof Refused && byPath && byRegistration
      ? await this.#ownership.byRegistration(presented, client, now)
      : found;
  }

  #anchorsOf(client: Client): readonly TrustAnchor[] {
    return client.anchors.length === 0 ? this.#ports.authorities.anchors() : client.anchors;
  }

  async #path(
    presented: PresentedCertificate,
    client: Client,
    now: number,
  ): Promise<PathValidation | X509Error> {
    try {
      return await validatePath(clientPathOptions(presented, this.#anchorSets.forClient(client), now));
    } catch (error) {
      if (error instanceof X509Error) return error;
      throw error;
    }
  }

  async #token(
    token: string,
    resource: string | undefined,
    x5t: string | undefined,
    client: Client,
    now: number,
  ): Promise<TokenExplanation> {
    const checks = await explainToken({ token, client, x5t, resource, now }, this.#ports);
    const all = [this.#clientCheck(client), ...checks];
    const stale = this.#ports.revocation.isStale();
    return { accepted: !stale && all.every(({ outcome }) => outcome !== 'failed'), checks };
  }
}

/** As if it came with a connection. */
function present({ leaf, chain }: NonNullable<ExplainQuestion['certificate']>): PresentedCertificate {
  return {
    der: leaf.der,
    x5t: leaf.thumbprint,
    certificate: leaf,
    chain: chain.map(({ der }) => der),
    resumed: false,
  };
}
