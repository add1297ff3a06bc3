import { constants, createVerify, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { X509Error } from '../../errors.ts';
import { type SignatureScheme, signatureScheme } from '../../keys/signature-schemes.ts';
import type { SignatureCache } from '../../path/signature-cache.ts';
import type { CertificateRevocationList } from '../crl/certificate-revocation-list.ts';
import type { Issuer } from './issuer.ts';

/** Signed parts longer than this are hashed piece by piece, so that others can run. */
const LARGE = 256 * 1024;
/** A piece: a millisecond's worth or two. */
const CHUNK_OCTETS = 1024 * 1024;

/** What is known of the signatures of large CRLs, by key: they live long and are asked for with every validation. */
const KNOWN = new WeakMap<CertificateRevocationList, Map<string, boolean>>();

/** Whether the issuer's key signed the CRL. Throws BudgetExhausted. */
export async function isSignedBy(
  crl: CertificateRevocationList,
  issuer: Issuer,
  signatures: SignatureCache,
): Promise<boolean> {
  const { tbsCertList, signatureAlgorithm, signature } = crl;
  if (tbsCertList.length <= LARGE) {
    return signatures.verify(crl, issuer, { signatureAlgorithm, signedBytes: tbsCertList, signature });
  }
  const key = issuer.subjectPublicKeyInfo.toString('latin1');
  const known = KNOWN.get(crl)?.get(key);
  if (known !== undefined) return known;
  const answer = await verifyInPieces(crl, issuer, signatures);
  const answers = KNOWN.get(crl) ?? new Map<string, boolean>();
  answers.set(key, answer);
  KNOWN.set(crl, answers);
  return answer;
}

async function verifyInPieces(
  crl: CertificateRevocationList,
  issuer: Issuer,
  signatures: SignatureCache,
): Promise<boolean> {
  let scheme: SignatureScheme;
  let publicKey: KeyObject;
  try {
    scheme = signatureScheme(crl.signatureAlgorithm);
    if (!signatures.pay(scheme, issuer, crl.signature)) return false;
    publicKey = issuer.publicKey;
  } catch (cause) {
    if (cause instanceof X509Error) return false;
    throw cause;
  }
  const key =
    scheme.family === 'rsa-pss'
      ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
      : publicKey;
  if (scheme.hash === undefined) return await verifyOnThread(crl, key);
  const verifier = createVerify(scheme.hash);
  const { tbsCertList } = crl;
  for (let at = 0; at < tbsCertList.length; at += CHUNK_OCTETS) {
    verifier.update(tbsCertList.subarray(at, at + CHUNK_OCTETS));
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  try {
    return verifier.verify(key, crl.signature);
  } catch {
    // OpenSSL throws for some malformed signatures.
    return false;
  }
}

/** EdDSA and ML-DSA take what is signed in one piece. */
async function verifyOnThread(
  crl: CertificateRevocationList,
  key: KeyObject | VerifyKeyObjectInput,
): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    verify(null, crl.tbsCertList, key, crl.signature, (error, valid) => {
      resolve(error === null && valid);
    });
  });
}
