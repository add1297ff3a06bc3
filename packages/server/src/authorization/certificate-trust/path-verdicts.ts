import { hash } from 'node:crypto';
import {
  type PathValidation,
  type ValidatePathOptions,
  type ValidPath,
  validatePath,
  X509Error,
} from '@mortise/x509';
import { BoundedCache } from '../bounded-cache.ts';
import type { PathFailureReason } from '../refusal.ts';
import type { PresentedCertificate } from '../request.ts';
import type { AnchorSet, AnchorSets } from './anchor-sets.ts';

export type PathVerdict =
  | {
      readonly valid: true;
      /** Epoch milliseconds from which it has to be found again. */
      readonly until: number;
      /** The authorities of this server that the path goes through, the anchor among them. */
      readonly authorityIds: readonly string[];
    }
  | {
      readonly valid: false;
      readonly until: number;
      readonly failures: readonly PathFailureReason[];
      /** The connection was resumed, and without what was sent at its handshake no path was found. */
      readonly chainGone: boolean;
    };

const failureLifetimeMs = 5_000;
const maximumDepth = 8;
/** Signature checks one stranger's certificate may cost. */
const maximumWorkUnits = 32;

/**
 * Whether a certificate leads to a set of anchors as a TLS client's (RFC 5280 §6, extended key usage clientAuth).
 * Good verdicts are kept by (leaf, anchors) until something on the path expires; bad ones for five seconds by (leaf,
 * what was sent with it, anchors), so that a chain sent in full the next time is looked at at once.
 */
export class PathVerdicts {
  readonly #anchorSets: AnchorSets;
  readonly #good = new BoundedCache<string, PathVerdict>(10_000);
  readonly #bad = new BoundedCache<string, PathVerdict>(1_000);

  constructor(anchorSets: AnchorSets) {
    this.#anchorSets = anchorSets;
  }

  /** Remembered, or found now; `now` in epoch milliseconds. */
  async of(presented: PresentedCertificate, anchors: AnchorSet, now: number): Promise<PathVerdict> {
    const key = `${presented.x5t} ${anchors.id}`;
    const good = this.#good.get(key);
    if (good !== undefined && now < good.until) return good;
    const badKey = `${key} ${chainDigest(presented)}`;
    const bad = this.#bad.get(badKey);
    if (bad !== undefined && now < bad.until) return bad;
    const verdict = this.#judge(presented, await validate(presented, anchors, now), now);
    if (verdict.valid) this.#good.set(key, verdict);
    else this.#bad.set(badKey, verdict);
    return verdict;
  }

  #judge(presented: PresentedCertificate, result: PathValidation | X509Error, now: number): PathVerdict {
    if (result instanceof X509Error) {
      const failures = [{ code: result.code, message: result.message }];
      return { valid: false, until: now + failureLifetimeMs, failures, chainGone: false };
    }
    if (result.valid) {
      return { valid: true, until: result.validUntil, authorityIds: this.#authorityIds(result) };
    }
    return {
      valid: false,
      until: now + failureLifetimeMs,
      failures: result.failures.map(({ code, rule, message }) => ({ code, rule, message })),
      chainGone:
        presented.resumed &&
        presented.chain.length === 0 &&
        result.failures.some((failure) => failure.code === 'no_path'),
    };
  }

  #authorityIds({ path, anchor }: ValidPath): string[] {
    const ids = new Set<string>();
    for (const certificate of path.slice(1)) {
      const id = this.#anchorSets.authorityId(certificate.spkiSha256);
      if (id !== undefined) ids.add(id);
    }
    const anchorId = this.#anchorSets.authorityId(hash('sha256', anchor.subjectPublicKeyInfo, 'hex'));
    if (anchorId !== undefined) ids.add(anchorId);
    return [...ids];
  }
}

async function validate(
  presented: PresentedCertificate,
  anchors: AnchorSet,
  now: number,
): Promise<PathValidation | X509Error> {
  try {
    return await validatePath(clientPathOptions(presented, anchors, now));
  } catch (error) {
    if (error instanceof X509Error) return error;
    throw error;
  }
}

/** How the path of a client's certificate is validated. Throws X509Error where the certificate cannot be read. */
export function clientPathOptions(
  presented: PresentedCertificate,
  anchors: AnchorSet,
  now: number,
): ValidatePathOptions {
  return {
    leaf: presented.certificate,
    certificates: presented.chain,
    anchors: anchors.anchors,
    at: now,
    purpose: 'clientAuth',
    maxDepth: maximumDepth,
    maxWorkUnits: maximumWorkUnits,
  };
}

function chainDigest(presented: PresentedCertificate): string {
  return presented.chain.length === 0 ? '' : hash('sha256', Buffer.concat(presented.chain), 'base64url');
}
