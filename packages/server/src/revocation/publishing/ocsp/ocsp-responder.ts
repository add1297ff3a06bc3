import {
  type CertificateId,
  createOcspError,
  createOcspResponse,
  type OcspResponseStatus,
} from '@mortise/x509';
import { AuthorityError, type AuthorityRecord } from '../../../authority/index.ts';
import type { Event, Feed } from '../../../events/index.ts';
import type { PublishingAuthorities } from '../authorities.ts';
import { signedAuthorities } from '../authorities.ts';
import { ocspLifetimeMs, ocspSignedEveryMs } from '../lifetimes.ts';
import { writtenReason } from '../reasons.ts';
import { changesRevocation } from '../revocation-news.ts';
import type { CertificateStatus, OcspStore } from '../store.ts';
import { OcspIssuers } from './issuers.ts';
import { readOcspRequest, recordedSerialNumber } from './read-ocsp-request.ts';
import { ResponderIdentities, type ResponderIdentity } from './responder-identities.ts';
import { SignedAnswer, SignedAnswers } from './signed-answers.ts';
import { SigningBudget } from './signing-budget.ts';

export interface OcspResponderOptions {
  readonly store: OcspStore;
  readonly authorities: PublishingAuthorities;
  readonly feed: Feed;
  readonly clock: () => number;
  /** Whether too much may have happened unseen: then every answer is `tryLater`. */
  readonly isStale: () => boolean;
  readonly onError: (error: unknown) => void;
  /** How many answers a second are signed because a request has a nonce or names several certificates. Default 200. */
  readonly liveSignaturesPerSecond?: number;
  /** How many signed answers are kept. Default 20,000. */
  readonly keptAnswers?: number;
}

/** DER, and if others may be given it too, the times that say for how long. */
export interface OcspAnswer {
  readonly body: Buffer;
  readonly shared?: Pick<SignedAnswer, 'octets' | 'etag' | 'thisUpdate' | 'nextUpdate'>;
}

interface Question {
  readonly id: CertificateId;
  readonly status: CertificateStatus;
}

/** Requests for one certificate are smaller; others are parsed each time, so that they cannot fill the memory. */
const rememberedOctets = 256;

type Refusal = Exclude<OcspResponseStatus, 'successful'>;

/**
 * Answers requests for the status of certificates (RFC 6960). An answer is signed once and served until it is signed again (RFC 5019);
 * one with a nonce is signed for the request within a budget, and past it the answer without the nonce is given.
 */
export class OcspResponder {
  readonly #options: OcspResponderOptions;
  readonly #issuers: OcspIssuers;
  readonly #identities: ResponderIdentities;
  readonly #answers: SignedAnswers;
  readonly #budget: SigningBudget;
  readonly #renewing = new Set<string>();
  readonly #unsubscribe: () => void;
  readonly #signed = { ahead: 0, live: 0 };
  /** Another value with each news: what was read before is not kept. */
  #newsCount = 0;

  constructor(options: OcspResponderOptions) {
    const { authorities, clock, feed, liveSignaturesPerSecond = 200, keptAnswers = 20_000 } = options;
    this.#options = options;
    this.#issuers = new OcspIssuers(authorities);
    this.#identities = new ResponderIdentities(options);
    this.#answers = new SignedAnswers(keptAnswers);
    this.#budget = new SigningBudget(liveSignaturesPerSecond, clock);
    this.#unsubscribe = feed.subscribe('ocsp', (event) => this.#take(event));
  }

  /** How many answers were signed: ahead, for whoever asks, and live, for one request. */
  get signed(): { readonly ahead: number; readonly live: number } {
    return this.#signed;
  }

  /** `request`: DER. Never rejects: what goes wrong is an answer too. */
  answer(request: Buffer): OcspAnswer | Promise<OcspAnswer> {
    if (this.#options.isStale()) return refuse('tryLater');
    const text = request.toString('latin1');
    const known = this.#answers.ofRequest(text);
    if (known?.current === true && this.#options.clock() < known.signAgainAt) {
      return known;
    }
    return this.#answerNew(request, text).catch((error: unknown) => {
      this.#options.onError(error);
      return refuse(isTemporary(error) ? 'tryLater' : 'internalError');
    });
  }

  close(): void {
    this.#unsubscribe();
  }

  async #answerNew(der: Buffer, text: string): Promise<OcspAnswer> {
    const request = readOcspRequest(der);
    if ('refused' in request) return refuse(request.refused);
    const authority = this.#authorityOf(request.ids);
    if (authority === undefined) return refuse('unauthorized');
    const { ids, nonce } = request;
    if (nonce !== undefined || ids.length > 1) {
      if (this.#budget.take()) return this.#signLive(authority, ids, nonce);
      if (ids.length > 1) return refuse('tryLater');
    }
    const answer = await this.#signedAhead(authority, ids[0]!);
    if (answer === undefined) return refuse('unauthorized');
    if (nonce === undefined && der.length <= rememberedOctets) this.#answers.addRequest(text, answer);
    return answer;
  }

  /** The one authority that issued all of them, if it is here and has not come to its end. */
  #authorityOf(ids: readonly CertificateId[]): AuthorityRecord | undefined {
    const [authorityId, ...others] = new Set(ids.map((id) => this.#issuers.find(id)));
    if (authorityId === undefined || others.length > 0) return undefined;
    const record = this.#options.authorities.list().find(({ id }) => id === authorityId);
    return record !== undefined && record.notAfter > this.#options.clock() ? record : undefined;
  }

  async #signLive(
    authority: AuthorityRecord,
    ids: readonly CertificateId[],
    nonce: Buffer | undefined,
  ): Promise<OcspAnswer> {
    const questions: Question[] = [];
    for (const id of ids) {
      const status = await this.#statusOf(authority, id);
      if (status === undefined) return refuse('unauthorized');
      questions.push({ id, status });
    }
    const identity = await this.#identities.get(authority);
    const { body } = await this.#sign(authority, identity, questions, nonce);
    this.#signed.live += 1;
    return { body };
  }

  /** Undefined for a certificate that was never issued. */
  async #signedAhead(authority: AuthorityRecord, id: CertificateId): Promise<SignedAnswer | undefined> {
    const key = `${authority.id} ${id.hashAlgorithm} ${id.serialBytes.toString('hex')}`;
    const kept = this.#answers.ofCertificate(key);
    const now = this.#options.clock();
    if (kept?.current === true && now < kept.nextUpdate) {
      if (now >= kept.signAgainAt) this.#renew(key, authority, id);
      return kept;
    }
    return this.#signAhead(key, authority, id);
  }

  /** Signs another one while the one there is still serves. */
  #renew(key: string, authority: AuthorityRecord, id: CertificateId): void {
    if (this.#renewing.has(key)) return;
    this.#renewing.add(key);
    this.#signAhead(key, authority, id)
      .catch(this.#options.onError)
      .finally(() => this.#renewing.delete(key));
  }

  async #signAhead(
    key: string,
    authority: AuthorityRecord,
    id: CertificateId,
  ): Promise<SignedAnswer | undefined> {
    const newsCount = this.#newsCount;
    const status = await this.#statusOf(authority, id);
    if (status === undefined) return undefined;
    const identity = await this.#identities.get(authority);
    const { body, thisUpdate, nextUpdate } = await this.#sign(authority, identity, [{ id, status }]);
    this.#signed.ahead += 1;
    const { fingerprint256, clientId } = status;
    const answer = new SignedAnswer(
      body,
      { authorityId: authority.id, fingerprint256, clientId, current: newsCount === this.#newsCount },
      { thisUpdate, nextUpdate, signAgainAt: Math.min(thisUpdate + ocspSignedEveryMs, nextUpdate) },
    );
    if (answer.current) this.#answers.add(key, answer);
    return answer;
  }

  async #statusOf(authority: AuthorityRecord, id: CertificateId): Promise<CertificateStatus | undefined> {
    const serialNumber = recordedSerialNumber(id);
    if (serialNumber === undefined) return undefined;
    return (
      signedAuthorities(this.#options.authorities, authority.id).find(
        (signed) => signed.serialNumber === serialNumber,
      ) ?? (await this.#options.store.findStatus(authority.id, serialNumber))
    );
  }

  async #sign(
    authority: AuthorityRecord,
    identity: ResponderIdentity,
    questions: readonly Question[],
    nonce?: Buffer,
  ): Promise<{ body: Buffer; thisUpdate: number; nextUpdate: number }> {
    const thisUpdate = Math.floor(this.#options.clock() / 1000) * 1000;
    const nextUpdate = Math.min(thisUpdate + ocspLifetimeMs, identity.notAfter);
    const body = await createOcspResponse(
      {
        responses: questions.map(({ id, status }) => ({
          id,
          status: writtenStatus(authority, status),
          thisUpdate,
          nextUpdate,
        })),
        producedAt: thisUpdate,
        nonce,
        certificates: identity.certificates,
      },
      identity.signer,
    );
    return { body, thisUpdate, nextUpdate };
  }

  #take(event: Event): void {
    if (!changesRevocation(event)) return;
    this.#newsCount += 1;
    if (event.act === 'authority.revoked') this.#answers.endAll();
    else if (event.act === 'client.revoked') this.#answers.endClient(event.clientId ?? event.object.id);
    else this.#answers.endCertificate(event.object.id);
  }
}

/** Of a revoked authority every certificate is revoked (RFC 6960 §2.7). */
function writtenStatus(authority: AuthorityRecord, { revoked }: CertificateStatus) {
  if (revoked !== undefined) return { revokedAt: revoked.at, reason: writtenReason(revoked.reason) };
  return authority.revokedAt === undefined ? 'good' : { revokedAt: authority.revokedAt };
}

/** Whether the key that signs is on a token which does not answer now, as opposed to something that is wrong here (RFC 6960 §2.3). */
function isTemporary(error: unknown): boolean {
  return error instanceof AuthorityError && error.code === 'token_unusable';
}

function refuse(status: Refusal): OcspAnswer {
  return { body: createOcspError(status) };
}
