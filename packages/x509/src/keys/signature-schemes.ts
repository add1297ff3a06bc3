import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import {
  type AlgorithmIdentifier,
  isNullParameters,
  readAlgorithmIdentifier,
} from './algorithm-identifier.ts';

/** Hashes of signatures by their names in `node:crypto`; MD5 and SHA-1 are weak. */
export type HashName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** How a signature is made: what an AlgorithmIdentifier of a signature means. */
export interface SignatureScheme {
  /** For people and logs, such as `sha256WithRSAEncryption`. */
  readonly name: string;
  readonly family:
    | 'rsa-pkcs1'
    | 'rsa-pss'
    | 'ecdsa'
    | 'dsa'
    | 'ed25519'
    | 'ed448'
    | 'ml-dsa-44'
    | 'ml-dsa-65'
    | 'ml-dsa-87';
  /** Undefined where the scheme has its own. */
  readonly hash: HashName | undefined;
  /** Of RSA-PSS, in octets. */
  readonly saltLength: number | undefined;
  /** Whether the hash is broken for signatures (MD5, SHA-1): recognised and checked, but not to be trusted. */
  readonly weak: boolean;
}

function scheme(name: string, family: SignatureScheme['family'], hash?: HashName): SignatureScheme {
  return { name, family, hash, saltLength: undefined, weak: hash === 'md5' || hash === 'sha1' };
}

const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  [OID.md5WithRsa, scheme('md5WithRSAEncryption', 'rsa-pkcs1', 'md5')],
  [OID.sha1WithRsa, scheme('sha1WithRSAEncryption', 'rsa-pkcs1', 'sha1')],
  [OID.sha224WithRsa, scheme('sha224WithRSAEncryption', 'rsa-pkcs1', 'sha224')],
  [OID.sha256WithRsa, scheme('sha256WithRSAEncryption', 'rsa-pkcs1', 'sha256')],
  [OID.sha384WithRsa, scheme('sha384WithRSAEncryption', 'rsa-pkcs1', 'sha384')],
  [OID.sha512WithRsa, scheme('sha512WithRSAEncryption', 'rsa-pkcs1', 'sha512')],
  [OID.ecdsaWithSha1, scheme('ecdsa-with-SHA1', 'ecdsa', 'sha1')],
  [OID.ecdsaWithSha224, scheme('ecdsa-with-SHA224', 'ecdsa', 'sha224')],
  [OID.ecdsaWithSha256, scheme('ecdsa-with-SHA256', 'ecdsa', 'sha256')],
  [OID.ecdsaWithSha384, scheme('ecdsa-with-SHA384', 'ecdsa', 'sha384')],
  [OID.ecdsaWithSha512, scheme('ecdsa-with-SHA512', 'ecdsa', 'sha512')],
  [OID.dsaWithSha1, scheme('dsa-with-sha1', 'dsa', 'sha1')],
  [OID.dsaWithSha224, scheme('dsa-with-sha224', 'dsa', 'sha224')],
  [OID.dsaWithSha256, scheme('dsa-with-sha256', 'dsa', 'sha256')],
  [OID.ed25519, scheme('Ed25519', 'ed25519')],
  [OID.ed448, scheme('Ed448', 'ed448')],
  [OID.mlDsa44, scheme('ML-DSA-44', 'ml-dsa-44')],
  [OID.mlDsa65, scheme('ML-DSA-65', 'ml-dsa-65')],
  [OID.mlDsa87, scheme('ML-DSA-87', 'ml-dsa-87')],
]);

const HASHES: ReadonlyMap<string, HashName> = new Map([
  [OID.sha1, 'sha1'],
  [OID.sha224, 'sha224'],
  [OID.sha256, 'sha256'],
  [OID.sha384, 'sha384'],
  [OID.sha512, 'sha512'],
]);

/** Longest RSA-PSS salt that is accepted, in octets. */
const MAX_SALT_OCTETS = 512;

/**
 * The scheme of a signature's AlgorithmIdentifier. Parameters are checked: NULL or absent for RSA PKCS #1 (RFC 4055 §5), absent for ECDSA,
 * EdDSA, ML-DSA and DSA, and RSASSA-PSS-params with the same hash in MGF1 (RFC 4055 §3.1). Throws `algorithm_unsupported` or `algorithm_invalid`.
 */
export function signatureScheme(
  algorithm: AlgorithmIdentifier,
  where = 'signatureAlgorithm',
): SignatureScheme {
  if (algorithm.oid === OID.rsaPss) return readPssScheme(algorithm.parameters, where);
  const found = SCHEMES.get(algorithm.oid);
  if (found === undefined) {
    throw new X509Error(
      'algorithm_unsupported',
      `the signature algorithm is not supported (${algorithm.oid})`,
      where,
    );
  }
  const { parameters } = algorithm;
  if (parameters !== undefined && !(found.family === 'rsa-pkcs1' && isNullParameters(parameters))) {
    throw new X509Error('algorithm_invalid', `${found.name} does not take these parameters`, where);
  }
  return found;
}

function readPssScheme(parameters: Buffer | undefined, where: string): SignatureScheme {
  if (parameters === undefined)
    throw new X509Error('algorithm_invalid', 'RSASSA-PSS has no parameters', where);
  const outer = new DerReader(parameters, `${where}.parameters`);
  const sequence = outer.sequence();
  outer.end();
  const hash = readPssHash(sequence.optional(contextConstructed(0), 'hashAlgorithm'), where);
  const mask = sequence.optional(contextConstructed(1), 'maskGenAlgorithm');
  const maskHash = mask === undefined ? 'sha1' : readMaskHash(mask, where);
  const salt = sequence.optional(contextConstructed(2), 'saltLength');
  const saltLength = salt === undefined ? 20 : salt.smallInteger('', MAX_SALT_OCTETS);
  salt?.end();
  const trailer = sequence.optional(contextConstructed(3), 'trailerField');
  const trailerField = trailer === undefined ? 1 : trailer.smallInteger();
  trailer?.end();
  sequence.end();
  if (trailerField !== 1)
    throw new X509Error('algorithm_invalid', 'the RSASSA-PSS trailer field is not 1', where);
  if (maskHash !== hash)
    throw new X509Error('algorithm_unsupported', 'RSASSA-PSS uses two different hashes', where);
  return { name: `RSASSA-PSS with ${hash}`, family: 'rsa-pss', hash, saltLength, weak: hash === 'sha1' };
}

function readPssHash(reader: DerReader | undefined, where: string): HashName {
  if (reader === undefined) return 'sha1';
  const algorithm = readAlgorithmIdentifier(reader, '');
  reader.end();
  return pssHash(algorithm, where);
}

function readMaskHash(reader: DerReader, where: string): HashName {
  const mask = readAlgorithmIdentifier(reader, '');
  reader.end();
  if (mask.oid !== OID.mgf1 || mask.parameters === undefined) {
    throw new X509Error('algorithm_unsupported', 'the RSASSA-PSS mask generation is not MGF1', where);
  }
  const inner = new DerReader(mask.parameters, `${where}.parameters.maskGenAlgorithm`);
  const algorithm = readAlgorithmIdentifier(inner, '');
  inner.end();
  return pssHash(algorithm, where);
}

function pssHash(algorithm: AlgorithmIdentifier, where: string): HashName {
  const hash = HASHES.get(algorithm.oid);
  if (hash === undefined)
    throw new X509Error('algorithm_unsupported', 'the RSASSA-PSS hash is not supported', where);
  if (algorithm.parameters !== undefined && !isNullParameters(algorithm.parameters)) {
    throw new X509Error('algorithm_invalid', 'the RSASSA-PSS hash has parameters', where);
  }
  return hash;
}
