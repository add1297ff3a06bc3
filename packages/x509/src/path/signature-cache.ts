import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { type PublicKeyInfo, readPublicKeyInfo } from '../keys/public-key.ts';
import { type SignatureScheme, signatureScheme } from '../keys/signature-schemes.ts';
import { verifySignature } from '../keys/verify-signature.ts';
import { SIGNERS_UNITS, signatureUnits, type WorkBudget } from './budget.ts';
import { pointOf, possibleSigners } from './possible-signers.ts';

/** Whoever may have signed: an issuing certificate or an anchor. */
export interface SigningKey {
  readonly subjectPublicKeyInfo: Buffer;
  /** Throws X509Error if it cannot be imported. */
  readonly publicKey: KeyObject;
}

/** Signed data: a certificate, CRL or OCSP response. */
export interface Signed {
  readonly signatureAlgorithm: Certificate['signatureAlgorithm'];
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
}

/** Keys that are tried on a signature before it is worth while to find out which can have made it. */
const TRIED_FIRST = 3;

/** What is known of one signature. */
interface Answers {
  readonly byKey: Map<string, boolean>;
  /** The P-256 keys that can have made it, if that was looked for and could be told. */
  signers: ReadonlySet<string> | undefined;
  looked: boolean;
}

/**
 * What one validation knows of signatures, right and wrong ones, so that none is checked twice however many paths cross it, and none is checked
 * with each of hundreds of P-256 keys.
 */
export class SignatureCache {
  readonly #budget: WorkBudget;
  readonly #known = new Map<object, Answers>();

  constructor(budget: WorkBudget) {
    this.#budget = budget;
  }

  /**
   * Whether the key signed the certificate. A key or algorithm that does not fit costs nothing; a check costs units by the key's kind and size.
   * Throws BudgetExhausted.
   */
  verifyCertificate(certificate: Certificate, issuer: SigningKey): boolean {
    return this.#verify(certificate, issuer, () => ({
      signatureAlgorithm: certificate.signatureAlgorithm,
      signedBytes: certificate.tbsCertificate,
      signature: certificate.signature,
    }));
  }

  /** As {@link verifyCertificate}, for any other signed data; `subject` is what the answer is kept under. */
  verify(subject: object, issuer: SigningKey, signed: Signed): boolean {
    return this.#verify(subject, issuer, () => signed);
  }

  /** Pays for one check; false, and nothing paid, if the key cannot have made the signature. Throws BudgetExhausted, and X509Error for a key that is malformed. */
  pay(scheme: SignatureScheme, issuer: SigningKey, signature: Buffer): boolean {
    if (!fits(scheme, readPublicKeyInfo(issuer.subjectPublicKeyInfo), signature)) return false;
    this.#budget.spend(signatureUnits(issuer.publicKey));
    return true;
  }

  #verify(subject: object, issuer: SigningKey, signed: () => Signed): boolean {
    const key = issuer.subjectPublicKeyInfo;
    const name = key.toString('latin1');
    let answers = this.#known.get(subject);
    if (answers === undefined) {
      answers = { byKey: new Map(), signers: undefined, looked: false };
      this.#known.set(subject, answers);
    }
    const known = answers.byKey.get(name);
    if (known !== undefined) return known;
    const answer = !this.#isRuledOut(key, answers, signed) && check(signed(), issuer, this.#budget);
    answers.byKey.set(name, answer);
    return answer;
  }

  /** Whether it is plain without a check that the key did not make the signature. */
  #isRuledOut(key: Buffer, answers: Answers, signed: () => Signed): boolean {
    if (answers.byKey.size < TRIED_FIRST) return false;
    const point = pointOf(key);
    if (point === undefined) return false;
    if (!answers.looked) {
      answers.signers = findSigners(signed(), this.#budget);
      answers.looked = true;
    }
    return answers.signers?.has(point) === false;
  }
}

function findSigners(
  { signatureAlgorithm, signedBytes, signature }: Signed,
  budget: WorkBudget,
): ReadonlySet<string> | undefined {
  const scheme = schemeOf(signatureAlgorithm);
  if (scheme?.family !== 'ecdsa' || scheme.hash === undefined) return undefined;
  budget.spend(SIGNERS_UNITS);
  return possibleSigners(signedBytes, scheme.hash, signature);
}

function schemeOf(algorithm: Signed['signatureAlgorithm']): SignatureScheme | undefined {
  try {
    return signatureScheme(algorithm);
  } catch (cause) {
    if (cause instanceof X509Error) return undefined;
    throw cause;
  }
}

function check(signed: Signed, issuer: SigningKey, budget: WorkBudget): boolean {
  const scheme = schemeOf(signed.signatureAlgorithm);
  if (scheme === undefined) return false;
  try {
    // An import costs half a check, so what can be seen without one comes first.
    if (!fits(scheme, readPublicKeyInfo(issuer.subjectPublicKeyInfo), signed.signature)) return false;
    const { publicKey } = issuer;
    budget.spend(signatureUnits(publicKey));
    return verifySignature(scheme, publicKey, signed.signedBytes, signed.signature);
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
}

/** Whether the key can have made the signature at all, seen without arithmetic. */
function fits(scheme: SignatureScheme, key: PublicKeyInfo, signature: Buffer): boolean {
  switch (scheme.family) {
    case 'rsa-pkcs1':
    case 'rsa-pss':
      return key.kind.startsWith('rsa') && signature.length === Math.ceil(key.bits / 8);
    case 'ecdsa':
      return key.kind === 'ec';
    default:
      return key.kind === scheme.family;
  }
}
