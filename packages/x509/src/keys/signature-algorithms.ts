import type { KeyObject } from 'node:crypto';
import { type DerWriter, encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import type { HashName } from './signature-schemes.ts';

/** Signature algorithms that this package makes. */
export type SignatureAlgorithm =
  | 'ecdsa-p256-sha256'
  | 'ecdsa-p384-sha384'
  | 'ecdsa-p521-sha512'
  | 'rsa-pkcs1-sha256'
  | 'rsa-pkcs1-sha384'
  | 'rsa-pkcs1-sha512'
  | 'rsa-pss-sha256'
  | 'rsa-pss-sha384'
  | 'rsa-pss-sha512'
  | 'ed25519'
  | 'ml-dsa-44'
  | 'ml-dsa-65'
  | 'ml-dsa-87';

export interface SignatureAlgorithmDetails {
  /** DER of the AlgorithmIdentifier. */
  readonly identifier: Buffer;
  readonly hash: HashName | undefined;
  /** Of RSA-PSS, in octets. */
  readonly saltLength: number | undefined;
  /** What `asymmetricKeyType` the key may have, and for EC its `namedCurve`. */
  readonly keyTypes: readonly string[];
  readonly curve: string | undefined;
}

function identifier(oid: string, parameters?: (writer: DerWriter) => void): Buffer {
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.oid(oid);
      parameters?.(writer);
    });
  });
}

function rsaPkcs1(oid: string, hash: HashName): SignatureAlgorithmDetails {
  const der = identifier(oid, (writer) => writer.null());
  return { identifier: der, hash, saltLength: undefined, keyTypes: ['rsa'], curve: undefined };
}

/** RFC 4055 §3.1, with MGF1 over the same hash and a salt of its length. */
function rsaPss(hashOid: string, hash: HashName, saltLength: number): SignatureAlgorithmDetails {
  const hashIdentifier = identifier(hashOid, (writer) => writer.null());
  const der = identifier(OID.rsaPss, (writer) => {
    writer.sequence(() => {
      writer.constructed(contextConstructed(0), () => writer.raw(hashIdentifier));
      writer.constructed(contextConstructed(1), () => {
        writer.sequence(() => {
          writer.oid(OID.mgf1);
          writer.raw(hashIdentifier);
        });
      });
      writer.constructed(contextConstructed(2), () => writer.integer(saltLength));
    });
  });
  return { identifier: der, hash, saltLength, keyTypes: ['rsa', 'rsa-pss'], curve: undefined };
}

function ecdsa(oid: string, hash: HashName, curve: string): SignatureAlgorithmDetails {
  return { identifier: identifier(oid), hash, saltLength: undefined, keyTypes: ['ec'], curve };
}

function bare(oid: string, keyType: string): SignatureAlgorithmDetails {
  return {
    identifier: identifier(oid),
    hash: undefined,
    saltLength: undefined,
    keyTypes: [keyType],
    curve: undefined,
  };
}

const DETAILS: Readonly<Record<SignatureAlgorithm, SignatureAlgorithmDetails>> = {
  'ecdsa-p256-sha256': ecdsa(OID.ecdsaWithSha256, 'sha256', 'prime256v1'),
  'ecdsa-p384-sha384': ecdsa(OID.ecdsaWithSha384, 'sha384', 'secp384r1'),
  'ecdsa-p521-sha512': ecdsa(OID.ecdsaWithSha512, 'sha512', 'secp521r1'),
  'rsa-pkcs1-sha256': rsaPkcs1(OID.sha256WithRsa, 'sha256'),
  'rsa-pkcs1-sha384': rsaPkcs1(OID.sha384WithRsa, 'sha384'),
  'rsa-pkcs1-sha512': rsaPkcs1(OID.sha512WithRsa, 'sha512'),
  'rsa-pss-sha256': rsaPss(OID.sha256, 'sha256', 32),
  'rsa-pss-sha384': rsaPss(OID.sha384, 'sha384', 48),
  'rsa-pss-sha512': rsaPss(OID.sha512, 'sha512', 64),
  ed25519: bare(OID.ed25519, 'ed25519'),
  'ml-dsa-44': bare(OID.mlDsa44, 'ml-dsa-44'),
  'ml-dsa-65': bare(OID.mlDsa65, 'ml-dsa-65'),
  'ml-dsa-87': bare(OID.mlDsa87, 'ml-dsa-87'),
};

/** Throws `algorithm_unsupported` for a name that is not in {@link SignatureAlgorithm}. */
export function signatureAlgorithmDetails(algorithm: SignatureAlgorithm): SignatureAlgorithmDetails {
  if (!Object.hasOwn(DETAILS, algorithm)) {
    throw new X509Error('algorithm_unsupported', 'the signature algorithm is not known', 'signer');
  }
  return DETAILS[algorithm];
}

/** Whether a key can make signatures of the algorithm. */
export function fitsAlgorithm(key: KeyObject, algorithm: SignatureAlgorithm): boolean {
  const { keyTypes, curve } = signatureAlgorithmDetails(algorithm);
  return (
    keyTypes.includes(key.asymmetricKeyType ?? '') &&
    (curve === undefined || key.asymmetricKeyDetails?.namedCurve === curve)
  );
}

/** The algorithm that a key signs with if none is asked for. Throws `key_unsupported`. */
export function defaultAlgorithm(key: KeyObject): SignatureAlgorithm {
  const candidates: readonly SignatureAlgorithm[] = [
    'ecdsa-p256-sha256',
    'ecdsa-p384-sha384',
    'ecdsa-p521-sha512',
    'rsa-pkcs1-sha256',
    'rsa-pss-sha256',
    'ed25519',
    'ml-dsa-44',
    'ml-dsa-65',
    'ml-dsa-87',
  ];
  const found = candidates.find((algorithm) => fitsAlgorithm(key, algorithm));
  if (found === undefined) {
    throw new X509Error('key_unsupported', 'no signature algorithm is known for this key', 'signer');
  }
  return found;
}
