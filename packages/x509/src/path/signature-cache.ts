import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { type SignatureScheme, signatureScheme } from '../keys/signature-schemes.ts';
import { verifySignature } from '../keys/verify-signature.ts';
import { signatureUnits, type WorkBudget } from './budget.ts';

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

/** What one validation knows of signatures, right and wrong ones, so that none is checked twice however many paths cross it. */
export class SignatureCache {
  readonly #budget: WorkBudget;
  readonly #known = new Map<object, Map<string, boolean>>();

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

  /** Pays for one check; false, and nothing paid, if the key cannot have made the signature. Throws BudgetExhausted. */
  pay(scheme: SignatureScheme, publicKey: KeyObject, signature: Buffer): boolean {
    if (!fits(scheme, publicKey, signature)) return false;
    this.#budget.spend(signatureUnits(publicKey));
    return true;
  }

  #verify(subject: object, issuer: SigningKey, signed: () => Signed): boolean {
    const key = issuer.subjectPublicKeyInfo;
    const name = key.toString('latin1');
    let answers = this.#known.get(subject);
    const known = answers?.get(name);
    if (known !== undefined) return known;
    const answer = check(signed(), issuer, this.#budget);
    if (answers === undefined) {
      answers = new Map();
      this.#known.set(subject, answers);
    }
    answers.set(name, answer);
    return answer;
  }
}

function check(signed: Signed, issuer: SigningKey, budget: WorkBudget): boolean {
  let scheme: SignatureScheme;
  let publicKey: KeyObject;
  try {
    scheme = signatureScheme(signed.signatureAlgorithm);
    publicKey = issuer.publicKey;
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
  if (!fits(scheme, publicKey, signed.signature)) return false;
  budget.spend(signatureUnits(publicKey));
  try {
    return verifySignature(scheme, publicKey, signed.signedBytes, signed.signature);
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
}

/** Whether the key can have made the signature at all, seen without arithmetic. */
function fits(scheme: SignatureScheme, key: KeyObject, signature: Buffer): boolean {
  const type = key.asymmetricKeyType ?? '';
  switch (scheme.family) {
    case 'rsa-pkcs1':
    case 'rsa-pss': {
      if (!type.startsWith('rsa')) return false;
      const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
      return signature.length === Math.ceil(bits / 8);
    }
    case 'ecdsa':
      return type === 'ec';
    default:
      return type === scheme.family;
  }
}
