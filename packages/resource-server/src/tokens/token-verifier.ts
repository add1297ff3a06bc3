import type { RefusalDetail } from '../access.ts';
import type { VerificationKey } from '../keys/jwk-set.ts';
import type { KeySource } from '../keys/key-source.ts';
import { isJwsAlgorithm, type JwsAlgorithm, verifySignature } from './algorithms.ts';
import { type AccessTokenClaims, type ClaimExpectations, readAccessTokenClaims } from './claims.ts';
import {
  type CompactJws,
  decodeJsonObject,
  isAccessTokenType,
  type JoseHeader,
  readJoseHeader,
  splitCompactJws,
} from './compact-jws.ts';

/** A token whose signature and claims are right. What changes with time, connection and revocation is judged on every request. */
export interface VerifiedToken extends AccessTokenClaims {
  readonly verified: true;
  readonly key: VerificationKey;
}

export type TokenVerdict = VerifiedToken | (RefusalDetail & { readonly verified?: undefined });

/** Headers are alike for all tokens of a key, so few are enough; only those of verified tokens are remembered. */
const rememberedHeaders = 64;

/** Verifies access tokens (RFC 9068 §4) with keys of one issuer, for one resource. */
export class TokenVerifier {
  readonly #keys: KeySource;
  readonly #algorithms: ReadonlySet<JwsAlgorithm>;
  readonly #expected: ClaimExpectations;
  readonly #headers = new Map<string, JoseHeader>();

  constructor(keys: KeySource, algorithms: readonly JwsAlgorithm[], expected: ClaimExpectations) {
    this.#keys = keys;
    this.#algorithms = new Set(algorithms);
    this.#expected = expected;
  }

  /** Waits only where the key is not known yet and asking the issuer for it is due. */
  verify(token: string): TokenVerdict | Promise<TokenVerdict> {
    const jws = splitCompactJws(token);
    if (jws === undefined)
      return { reason: 'token_malformed', detail: 'the token is not a JWS in compact form' };
    const header = this.#headers.get(jws.encodedHeader) ?? this.#readHeader(jws.encodedHeader);
    if ('reason' in header) return header;
    const algorithm = header.alg as JwsAlgorithm;
    const key = this.#keys.find(header.kid, algorithm);
    if (key !== undefined) return this.#verifyWith(key, header, jws);
    const refreshed = this.#keys.refresh();
    if (refreshed === undefined) return this.#noKey(header);
    return refreshed.then(() => {
      const found = this.#keys.find(header.kid, algorithm);
      return found === undefined ? this.#noKey(header) : this.#verifyWith(found, header, jws);
    });
  }

  #readHeader(segment: string): JoseHeader | RefusalDetail {
    const header = readJoseHeader(segment);
    if ('reason' in header) return header;
    const { alg, typ } = header;
    if (!isAccessTokenType(typ)) {
      return { reason: 'type_mismatch', detail: `"typ" is ${typ === undefined ? 'absent' : 'not "at+jwt"'}` };
    }
    if (!isJwsAlgorithm(alg) || !this.#algorithms.has(alg)) {
      return { reason: 'algorithm_refused', detail: `"alg" is none of ${[...this.#algorithms].join(', ')}` };
    }
    return header;
  }

  #verifyWith(key: VerificationKey, header: JoseHeader, jws: CompactJws): TokenVerdict {
    if (!verifySignature(key.algorithm, key.key, jws.signingInput, jws.signature)) {
      return { reason: 'signature_invalid', detail: 'the signature is not of the key that the token names' };
    }
    if (!this.#headers.has(jws.encodedHeader) && this.#headers.size < rememberedHeaders) {
      this.#headers.set(jws.encodedHeader, header);
    }
    const payload = decodeJsonObject(jws.encodedPayload);
    if (payload === undefined)
      return { reason: 'token_malformed', detail: 'the claims are not a JSON object' };
    // The key's own id: a token that leaves `kid` out must not outlive the revocation of its key.
    const claims = readAccessTokenClaims(payload, key.keyId, this.#expected);
    if ('reason' in claims) return { ...claims, ...whose(payload) };
    return { verified: true, key, access: claims.access, notBefore: claims.notBefore, facts: claims.facts };
  }

  #noKey(header: JoseHeader): TokenVerdict {
    if (!this.#keys.available) {
      return { reason: 'keys_unavailable', detail: 'the keys of the issuer have not been fetched yet' };
    }
    const named =
      header.kid === undefined ? 'without "kid"' : `with "kid" ${JSON.stringify(header.kid.slice(0, 200))}`;
    return {
      reason: 'key_unknown',
      detail: `the issuer publishes no ${header.alg} key for a token ${named}`,
    };
  }
}

function whose({
  client_id: clientId,
  jti,
}: Record<string, unknown>): Pick<RefusalDetail, 'clientId' | 'tokenId'> {
  return {
    ...(typeof clientId === 'string' && { clientId }),
    ...(typeof jti === 'string' && { tokenId: jti }),
  };
}
