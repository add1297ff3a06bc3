import type { DenylistFacts } from '@mortise/resource-server';
import { X509Error } from '@mortise/x509';
import type { CertificateCredential, Client } from '../../clients/index.ts';
import { credentialIsUsable } from '../../clients/index.ts';
import { BoundedCache } from '../bounded-cache.ts';
import type { Eventually } from '../eventually.ts';
import type { ClientDirectory, OwnAuthorities, RevocationState } from '../ports.ts';
import { Refused, refuse } from '../refusal.ts';
import type { PresentedCertificate } from '../request.ts';
import { AnchorSets } from './anchor-sets.ts';
import type { CertificateUse } from './certificate-use.ts';
import { mismatch } from './mismatch.ts';
import { PathVerdicts } from './path-verdicts.ts';

/** How a certificate was found to be a client's. */
type Way = 'path' | 'registration' | 'path_or_registration';

interface Proof {
  readonly authorityIds: readonly string[];
  /** Epoch milliseconds. */
  readonly until: number;
}

interface Remembered {
  readonly client: Client;
  readonly way: Way;
  readonly until: number;
  readonly use: CertificateUse;
  /** What the denylist is asked about. */
  readonly facts: DenylistFacts;
}

export interface CertificateOwnershipOptions {
  readonly clients: Pick<ClientDirectory, 'byCertificate'>;
  readonly authorities: OwnAuthorities;
  readonly revocation: Pick<RevocationState, 'denylist'>;
}

/** What was found is looked up again after this long: anchors may be gone without being revoked, or another client may have registered the certificate. */
const rememberedMs = 60_000;

/** Most certificates of which it is remembered across connections. */
const rememberedCertificates = 5_000;

/**
 * Whether the certificate of a connection is a client's. What was found is remembered by the certificate's thumbprint, for its
 * next request and its next connection, for as long as the client, the trust and the certificate stay as they are; the denylist
 * and the end of the certificate are asked every time.
 */
export class CertificateOwnership {
  readonly #clients: Pick<ClientDirectory, 'byCertificate'>;
  readonly #revocation: Pick<RevocationState, 'denylist'>;
  readonly #anchorSets: AnchorSets;
  readonly #verdicts: PathVerdicts;
  readonly #remembered = new BoundedCache<string, Remembered>(rememberedCertificates);

  constructor(options: CertificateOwnershipOptions) {
    this.#clients = options.clients;
    this.#revocation = options.revocation;
    this.#anchorSets = new AnchorSets(options.authorities);
    this.#verdicts = new PathVerdicts(this.#anchorSets);
  }

  /** RFC 8705 §2.1: a path to the client's anchors, and the client's matcher. */
  byPath(presented: PresentedCertificate, client: Client, now: number): Eventually<CertificateUse | Refused> {
    return this.#owned(presented, client, 'path', now);
  }

  /** RFC 8705 §2.2: the certificate itself is registered; who signed it does not count. */
  byRegistration(
    presented: PresentedCertificate,
    client: Client,
    now: number,
  ): Eventually<CertificateUse | Refused> {
    return this.#owned(presented, client, 'registration', now);
  }

  /**
   * For a token that the client obtained by another method: registered, or valid under anchors that were configured
   * for this client and its matcher. That a certificate comes from this server's own authority is not enough.
   */
  forBinding(
    presented: PresentedCertificate,
    client: Client,
    now: number,
  ): Eventually<CertificateUse | Refused> {
    return this.#owned(presented, client, 'path_or_registration', now);
  }

  #owned(
    presented: PresentedCertificate,
    client: Client,
    way: Way,
    now: number,
  ): Eventually<CertificateUse | Refused> {
    const known = this.#remembered.get(presented.x5t);
    return known !== undefined && known.client === client && known.way === way && now < known.until
      ? this.#notDenied(known)
      : this.#find(presented, client, way, now);
  }

  async #find(
    presented: PresentedCertificate,
    client: Client,
    way: Way,
    now: number,
  ): Promise<CertificateUse | Refused> {
    const validity = validityOf(presented);
    if (validity instanceof Refused) return new Refused(validity.reason, client.clientId);
    if (now < validity.notBefore || now > validity.notAfter) {
      return refuse({ code: 'certificate_outside_validity', ...validity }, client.clientId);
    }
    const credential = registered(client, presented.x5t, now);
    const until = Math.min(
      now + rememberedMs,
      validity.notAfter + 1,
      credential?.expiresAt ?? Number.POSITIVE_INFINITY,
    );
    if (credential === undefined) {
      const owner = await this.#clients.byCertificate(presented.x5t);
      if (owner !== undefined) return refuse(takenReason(owner, client), client.clientId);
    }
    const proof = await this.#prove(presented, client, credential, way, now);
    if (proof instanceof Refused) return proof;
    const use = {
      x5t: presented.x5t,
      notAfter: validity.notAfter,
      credentialId: credential?.id,
      authorityIds: proof.authorityIds,
    };
    const found = { client, way, until: Math.min(until, proof.until), use, facts: factsOf(use) };
    this.#remembered.set(presented.x5t, found);
    return this.#notDenied(found);
  }

  async #prove(
    presented: PresentedCertificate,
    client: Client,
    credential: CertificateCredential | undefined,
    way: Way,
    now: number,
  ): Promise<Proof | Refused> {
    const issuer = credential?.authorityId;
    if (way !== 'path' && credential !== undefined) {
      return { authorityIds: issuer === undefined ? [] : [issuer], until: Number.POSITIVE_INFINITY };
    }
    if (way === 'registration' || (way === 'path_or_registration' && client.anchors.length === 0)) {
      return refuse({ code: 'certificate_not_registered' }, client.clientId);
    }
    const verdict = await this.#verdicts.of(presented, this.#anchorSets.forClient(client), now);
    if (!verdict.valid) {
      return refuse(
        verdict.chainGone
          ? { code: 'certificate_chain_gone' }
          : { code: 'certificate_path_invalid', failures: verdict.failures },
        client.clientId,
      );
    }
    const refusal = mismatch(client, presented.certificate);
    if (refusal !== undefined) return refuse(refusal, client.clientId);
    const { authorityIds, until } = verdict;
    const known = issuer === undefined || authorityIds.includes(issuer);
    return { authorityIds: known ? authorityIds : [...authorityIds, issuer], until };
  }

  #notDenied({ use, facts, client }: Remembered): CertificateUse | Refused {
    const entry = this.#revocation.denylist.denies(facts);
    return entry === undefined ? use : refuse({ code: 'denylisted', entry }, client.clientId);
  }
}

function factsOf({ x5t, credentialId, authorityIds }: CertificateUse): DenylistFacts {
  return {
    certificates: [x5t],
    credentialIds: credentialId === undefined ? undefined : [credentialId],
    authorityIds,
  };
}

function registered(client: Client, x5t: string, now: number): CertificateCredential | undefined {
  for (const credential of client.credentials) {
    if (credential.kind === 'certificate' && credential.x5t === x5t && credentialIsUsable(credential, now)) {
      return credential;
    }
  }
  return undefined;
}

function takenReason(
  owner: { readonly clientId: string; readonly credential: CertificateCredential },
  client: Client,
): Refused['reason'] {
  return owner.clientId === client.clientId
    ? { code: 'certificate_credential_ended', credentialId: owner.credential.id }
    : { code: 'certificate_of_another_client', owner: owner.clientId };
}

function validityOf(presented: PresentedCertificate): { notBefore: number; notAfter: number } | Refused {
  try {
    const { notBefore, notAfter } = presented.certificate;
    return { notBefore, notAfter };
  } catch (error) {
    if (error instanceof X509Error) return refuse({ code: 'certificate_unreadable', problem: error.code });
    throw error;
  }
}
