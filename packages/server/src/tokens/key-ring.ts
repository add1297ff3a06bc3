import type { JWK } from 'jose';
import type { Sealer } from './key-generation.ts';
import { currentKey, isPublished, waitingKeys } from './key-schedule.ts';
import { openSigningKey, type SigningKey, type VerificationKey, verificationKey } from './signing-key.ts';
import type { SigningAlgorithm, SigningKeyRecord } from './signing-key-record.ts';

export interface JwkSet {
  readonly keys: readonly JWK[];
}

/** The keys as of one reading of the store, opened and imported as they are used. Immutable but for what it remembers. */
export class KeyRing {
  readonly records: readonly SigningKeyRecord[];
  readonly #sealer: Sealer;
  readonly #signing = new Map<string, SigningKey>();
  readonly #verification = new Map<string, VerificationKey>();
  readonly #current = new Map<SigningAlgorithm, { key: SigningKey; from: number; until: number }>();
  #jwks: JwkSet | undefined;

  /** `former`: a ring of an earlier reading, whose opened keys are taken over. */
  constructor(records: readonly SigningKeyRecord[], sealer: Sealer, former?: KeyRing) {
    this.records = records;
    this.#sealer = sealer;
    if (former === undefined) return;
    for (const { kid } of records.filter(isPublished)) {
      const signing = former.#signing.get(kid);
      if (signing !== undefined) this.#signing.set(kid, signing);
      const verification = former.#verification.get(kid);
      if (verification !== undefined) this.#verification.set(kid, verification);
    }
  }

  /** The same ring with one key revoked. */
  without(kid: string, revokedAt: number): KeyRing {
    const records = this.records.map((record) => (record.kid === kid ? { ...record, revokedAt } : record));
    return new KeyRing(records, this.#sealer, this);
  }

  current(algorithm: SigningAlgorithm, now: number): SigningKey | undefined {
    const remembered = this.#current.get(algorithm);
    if (remembered !== undefined && now >= remembered.from && now < remembered.until) return remembered.key;
    const record = currentKey(this.records, algorithm, now);
    if (record === undefined) return undefined;
    const until = waitingKeys(this.records, algorithm, now)[0]?.activatesAt ?? Number.POSITIVE_INFINITY;
    let key = this.#signing.get(record.kid);
    if (key === undefined) {
      key = openSigningKey(record, this.#sealer);
      this.#signing.set(record.kid, key);
    }
    this.#current.set(algorithm, { key, from: record.activatesAt, until });
    return key;
  }

  /** The published key of this id, or what became of it. */
  verification(kid: string): VerificationKey | 'revoked' | undefined {
    const imported = this.#verification.get(kid);
    if (imported !== undefined) return imported;
    const record = this.records.find((one) => one.kid === kid);
    if (record?.revokedAt !== undefined) return 'revoked';
    if (record === undefined || !isPublished(record)) return undefined;
    const key = verificationKey(record);
    this.#verification.set(kid, key);
    return key;
  }

  /** Every published key, also those that do not sign yet, newest first. */
  jwks(): JwkSet {
    this.#jwks ??= {
      keys: this.records
        .filter(isPublished)
        .sort((a, b) => b.activatesAt - a.activatesAt)
        .map(({ publicJwk, kid, algorithm }) => ({ ...publicJwk, kid, alg: algorithm, use: 'sig' })),
    };
    return this.#jwks;
  }
}
