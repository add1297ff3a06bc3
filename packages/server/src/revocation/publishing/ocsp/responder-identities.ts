import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { type Certificate, createKeySigner, type Signer } from '@mortise/x509';
import type { AuthorityRecord } from '../../../authority/index.ts';
import type { PublishingAuthorities } from '../authorities.ts';
import { responderLifetimeSeconds } from '../lifetimes.ts';

const generate = promisify(generateKeyPair);

/** What answers about one authority's certificates are signed with. */
export interface ResponderIdentity {
  readonly signer: Signer;
  /** The delegated responder's certificate; none where the authority answers itself. */
  readonly certificates: readonly Certificate[];
  /** Epoch milliseconds: no answer may be used for longer. */
  readonly notAfter: number;
}

interface Kept {
  readonly identity: ResponderIdentity;
  readonly renewAt: number;
}

/**
 * A delegated responder (RFC 6960 §4.2.2.2) for each authority, with a key that lives in this process alone. A revoked authority
 * delegates to nobody any more: it answers itself.
 */
export class ResponderIdentities {
  readonly #authorities: PublishingAuthorities;
  readonly #clock: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #kept = new Map<string, Kept>();
  readonly #making = new Map<string, Promise<ResponderIdentity>>();

  constructor(options: {
    readonly authorities: PublishingAuthorities;
    readonly clock: () => number;
    readonly onError: (error: unknown) => void;
  }) {
    this.#authorities = options.authorities;
    this.#clock = options.clock;
    this.#onError = options.onError;
  }

  /** Renews it after two thirds of its life, and goes on with the current one if that fails. Rejects with AuthorityError. */
  async get(record: AuthorityRecord): Promise<ResponderIdentity> {
    if (record.revokedAt !== undefined) {
      return {
        signer: this.#authorities.signing(record.id).signer,
        certificates: [],
        notAfter: record.notAfter,
      };
    }
    const now = this.#clock();
    const kept = this.#kept.get(record.id);
    if (kept !== undefined && now < kept.renewAt) return kept.identity;
    let making = this.#making.get(record.id);
    if (making === undefined) {
      making = this.#make(record, now).finally(() => this.#making.delete(record.id));
      this.#making.set(record.id, making);
    }
    try {
      return await making;
    } catch (error) {
      if (kept === undefined || kept.identity.notAfter <= now) throw error;
      this.#onError(error);
      return kept.identity;
    }
  }

  async #make(record: AuthorityRecord, now: number): Promise<ResponderIdentity> {
    const privateKey = await responderKey(record);
    const certificate = await this.#authorities.issueResponderCertificate({
      authorityId: record.id,
      publicKey: createPublicKey(privateKey),
      lifetimeSeconds: responderLifetimeSeconds,
    });
    const { notAfter } = certificate;
    const identity = { signer: createKeySigner(privateKey), certificates: [certificate], notAfter };
    this.#kept.set(record.id, { identity, renewAt: now + Math.floor(((notAfter - now) * 2) / 3) });
    return identity;
  }
}

/** RSA for the relying parties of an RSA authority, who may know nothing else. */
async function responderKey({ keyType }: AuthorityRecord): Promise<KeyObject> {
  const pair = keyType.startsWith('rsa')
    ? await generate('rsa', { modulusLength: 2048 })
    : await generate('ec', { namedCurve: 'P-256' });
  return pair.privateKey;
}
