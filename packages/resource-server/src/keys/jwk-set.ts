import type { JsonWebKey, KeyObject } from 'node:crypto';
import { ResourceServerError } from '../errors.ts';
import { importVerificationKey, type JwsAlgorithm, suits } from '../tokens/algorithms.ts';

/** RFC 7517 §5. */
export interface JsonWebKeySet {
  readonly keys: readonly JsonWebKey[];
}

/** A public key that tokens of one algorithm may be verified with. */
export interface VerificationKey {
  readonly keyId: string | undefined;
  readonly algorithm: JwsAlgorithm;
  readonly key: KeyObject;
  /** Turns true once the issuer publishes the key no more; verified tokens remembered under it are then forgotten. */
  readonly withdrawn: boolean;
}

interface KnownKey {
  readonly keyId: string | undefined;
  readonly algorithm: JwsAlgorithm;
  readonly key: KeyObject;
  withdrawn: boolean;
}

interface Candidate {
  readonly jwk: JsonWebKey;
  /** Says whether two publications hold the same key. */
  readonly identity: string;
  /** Filled as tokens arrive: importing a key costs as much as verifying a signature. */
  readonly imported: Map<JwsAlgorithm, KnownKey>;
}

const maxKeys = 200;

/** The issuer's current keys, kept across publications so that an unchanged key is imported once. */
export class KeySet {
  #candidates: Candidate[] = [];
  #byKeyId = new Map<string, Candidate[]>();

  /**
   * Takes over a publication. Keys that are no signature keys are passed over; throws `server_response_invalid` where it is no JWK Set,
   * or has more than 200 keys.
   */
  replace(published: unknown): void {
    const keys = (published as { keys?: unknown } | null | undefined)?.keys;
    if (!Array.isArray(keys))
      throw new ResourceServerError('server_response_invalid', 'not a JWK Set: "keys" is no array');
    if (keys.length > maxKeys) {
      throw new ResourceServerError(
        'server_response_invalid',
        `the JWK Set has ${keys.length} keys, more than ${maxKeys}`,
      );
    }
    const known = new Map(this.#candidates.map((candidate) => [candidate.identity, candidate]));
    const candidates: Candidate[] = [];
    for (const jwk of keys as (JsonWebKey | null)[]) {
      if (typeof jwk !== 'object' || jwk === null || typeof jwk.kty !== 'string' || jwk.kty === 'oct')
        continue;
      const identity = JSON.stringify([
        jwk['kid'],
        jwk['alg'],
        jwk['use'],
        jwk['key_ops'],
        jwk.kty,
        jwk.crv,
        jwk.x,
        jwk.y,
        jwk.n,
        jwk.e,
      ]);
      candidates.push(known.get(identity) ?? { jwk, identity, imported: new Map() });
      known.delete(identity);
    }
    for (const candidate of known.values()) {
      for (const key of candidate.imported.values()) key.withdrawn = true;
    }
    this.#candidates = candidates;
    this.#byKeyId = new Map();
    for (const candidate of candidates) {
      const keyId: unknown = candidate.jwk['kid'];
      if (typeof keyId !== 'string') continue;
      const sharing = this.#byKeyId.get(keyId);
      if (sharing === undefined) this.#byKeyId.set(keyId, [candidate]);
      else sharing.push(candidate);
    }
  }

  has(keyId: string): boolean {
    return this.#byKeyId.has(keyId);
  }

  get size(): number {
    return this.#candidates.length;
  }

  /**
   * The key for a token. Without a `kid` it is the only key that suits the algorithm, or none. Where several keys share a `kid`, the first
   * that suits counts.
   */
  find(keyId: string | undefined, algorithm: JwsAlgorithm): VerificationKey | undefined {
    const named = keyId === undefined ? this.#candidates : this.#byKeyId.get(keyId);
    const suitable = named?.filter((candidate) => suits(candidate.jwk, algorithm));
    const candidate = suitable?.[0];
    if (candidate === undefined || (keyId === undefined && suitable!.length > 1)) return undefined;
    const known = candidate.imported.get(algorithm);
    if (known !== undefined) return known;
    const key = importVerificationKey(candidate.jwk);
    if (key === undefined) return undefined;
    const imported: KnownKey = {
      keyId: candidate.jwk['kid'] as string | undefined,
      algorithm,
      key,
      withdrawn: false,
    };
    candidate.imported.set(algorithm, imported);
    return imported;
  }
}
