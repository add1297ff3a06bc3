import { constants, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { X509Error } from '../errors.ts';
import {
  defaultAlgorithm,
  fitsAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithmDetails,
} from './signature-algorithms.ts';

/** The port through which this package signs, so that a key may live in a file, an HSM or a KMS. */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** The public half: imported, or the DER of its SubjectPublicKeyInfo. */
  readonly publicKey: KeyObject | Uint8Array;
  /** A signature over these octets as it stands in certificates: DER for ECDSA. May throw or reject; that passes through. */
  sign(tbs: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/**
 * Signs with a private key held in this process. Without `algorithm`, the key's own: ECDSA with the hash of its curve's size, RSA PKCS #1 with
 * SHA-256 (PSS for an RSA-PSS key), Ed25519, ML-DSA. P-256, EdDSA and ML-DSA sign in place, RSA, the larger curves and large
 * CRLs on libuv's threads.
 *
 * Throws `key_unsupported` if the key is not private or does not fit the algorithm.
 */
export function createKeySigner(privateKey: KeyObject, algorithm?: SignatureAlgorithm): Signer {
  if (privateKey.type !== 'private')
    throw new X509Error('key_unsupported', 'the key is not private', 'signer');
  const chosen = algorithm ?? defaultAlgorithm(privateKey);
  if (!fitsAlgorithm(privateKey, chosen)) {
    throw new X509Error('key_unsupported', `the key does not fit ${chosen}`, 'signer');
  }
  return { algorithm: chosen, publicKey: createPublicKey(privateKey), sign: signWith(privateKey, chosen) };
}

/** What takes a millisecond or more to hash, in octets. */
const LARGE = 512 * 1024;

function signWith(key: KeyObject, algorithm: SignatureAlgorithm): Signer['sign'] {
  const { hash, saltLength } = signatureAlgorithmDetails(algorithm);
  if (saltLength !== undefined) {
    const padded = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
    return (tbs) => signOnThread(hash ?? null, tbs, padded);
  }
  const slow =
    key.asymmetricKeyType === 'rsa' || algorithm === 'ecdsa-p384-sha384' || algorithm === 'ecdsa-p521-sha512';
  if (slow) return (tbs) => signOnThread(hash ?? null, tbs, key);
  return (tbs) => (tbs.length > LARGE ? signOnThread(hash ?? null, tbs, key) : sign(hash ?? null, tbs, key));
}

function signOnThread(
  hash: string | null,
  tbs: Uint8Array,
  key: Parameters<typeof sign>[2],
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(hash, tbs, key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}
