import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeySealer, ProfileName } from '../authority/index.ts';
import type { PublicJwk } from '../clients/index.ts';
import type { Actor, JsonObject } from '../events/index.ts';
import { AcmeError, malformed } from './acme-error.ts';
import type { AcmeContext } from './context.ts';
import { parseObject, readJwk, readJws } from './jws.ts';
import { randomId } from './random-id.ts';
import type { ExternalAccountKey } from './records.ts';
import type { AcmeStore } from './store.ts';

const digests: Readonly<Record<string, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };
const purpose = (kid: string): string => `acme external account key ${kid}`;

/** A MAC key as its client is told it, once. */
export interface EnrolmentKey {
  readonly directory: string;
  readonly kid: string;
  /** base64url. */
  readonly hmacKey: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface EnrolmentKeyOptions {
  readonly clientId: string;
  /** One that issues to clients, by ACME. */
  readonly profile: ProfileName;
  readonly lifetimeSeconds: number;
  readonly actor: Actor;
}

/** Makes a MAC key for one account of a client; it is shown this once. Throws AcmeError `rateLimited` for a client that takes too many. */
export async function addExternalAccountKey(
  context: Pick<AcmeContext, 'store' | 'sealer' | 'limits' | 'clock'>,
  options: EnrolmentKeyOptions,
): Promise<Omit<EnrolmentKey, 'directory'>> {
  const { clientId, profile, lifetimeSeconds, actor } = options;
  if (actor === `client:${clientId}`) context.limits.take('ownExternalKey', clientId);
  const kid = randomId();
  const hmacKey = randomMacKey();
  const createdAt = context.clock();
  const expiresAt = createdAt + lifetimeSeconds * 1000;
  const sealedKey = context.sealer.seal(purpose(kid), hmacKey);
  await context.store.addExternalKey(
    { kid, clientId, profile, sealedKey, createdAt, expiresAt },
    {
      actor,
      act: 'client.enrolment_opened',
      object: { kind: 'client', id: clientId },
      clientId,
      data: { profile, kid, expires_at: Math.floor(expiresAt / 1000) },
    },
  );
  return { kid, hmacKey: hmacKey.toString('base64url'), expiresAt };
}

/** 256 bits, whose text begins with no hyphen, so that no command takes it for a flag. */
function randomMacKey(): Buffer {
  for (;;) {
    const key = randomBytes(32);
    if (!key.toString('base64url').startsWith('-')) return key;
  }
}

/**
 * Checks a binding (RFC 8555 §7.3.4): by whom it was made, for this key and this URL. That its key is used once is the
 * store's to say. Throws AcmeError.
 */
export async function verifyBinding(
  context: { readonly store: AcmeStore; readonly sealer: KeySealer },
  binding: unknown,
  wanted: {
    readonly key: PublicJwk;
    readonly url: string;
    readonly profile: ProfileName;
    readonly now: number;
  },
): Promise<ExternalAccountKey> {
  const jws = readJws(binding);
  const { alg, kid, url, nonce } = jws.header;
  const digest = typeof alg === 'string' && Object.hasOwn(digests, alg) ? digests[alg] : undefined;
  if (digest === undefined) {
    throw new AcmeError('badSignatureAlgorithm', 'A binding is signed by a MAC.', {
      algorithms: Object.keys(digests),
    });
  }
  if (typeof kid !== 'string' || nonce !== undefined) throw malformed('A binding has a kid and no nonce.');
  if (url !== wanted.url) throw malformed('The url of the binding is not that of the request.');
  const key = await context.store.findExternalKey(kid.slice(0, 100));
  const usable = key !== undefined && key.profile === wanted.profile && key.expiresAt > wanted.now;
  const mac = usable ? context.sealer.open(purpose(key.kid), key.sealedKey) : randomBytes(32);
  const expected = createHmac(digest, mac).update(jws.signed).digest();
  const signed = jws.signature.length === expected.length && timingSafeEqual(jws.signature, expected);
  if (!usable || !signed) {
    throw new AcmeError(
      'unauthorized',
      'The binding is by no key that is known here; or its time is over, or it is withdrawn.',
    );
  }
  if (key.usedAt !== undefined) throw usedUp();
  const bound = readJwk(parseObject(jws.payload, 'The payload of the binding'));
  if (bound.thumbprint !== wanted.key.thumbprint) {
    throw malformed('The binding is for another key than that of the account.');
  }
  return key;
}

export function usedUp(): AcmeError {
  return new AcmeError('unauthorized', 'The key of the binding was used already.');
}

/** What is kept of a binding, to be shown in the account. */
export function bindingDocument(binding: unknown): JsonObject {
  const { protected: header, payload, signature } = binding as Record<string, string>;
  return { protected: header, payload, signature };
}
