import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { TAG } from '../asn1/tags.ts';
import { isNullParameters, readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import type { Lint } from './lint.ts';
import type { LintContext } from './lint-context.ts';

/** Modulus and exponent of an RSA key, even where it is refused for use. */
function rsaNumbers(context: LintContext): { modulus: bigint; exponent: bigint } | undefined {
  return context.read(() => {
    const spki = new DerReader(
      context.certificate.subjectPublicKeyInfo,
      'tbsCertificate.subjectPublicKeyInfo',
    ).sequence();
    if (readAlgorithmIdentifier(spki, 'algorithm').oid !== OID.rsaEncryption) return undefined;
    const key = new DerReader(
      spki.wholeBitString('subjectPublicKey'),
      'tbsCertificate.subjectPublicKeyInfo',
    ).sequence();
    const number = (): bigint => BigInt(`0x${key.integer().toString('hex')}`);
    return { modulus: number(), exponent: number() };
  });
}

function rsaLint(
  lint: Omit<Lint, 'check'>,
  wrong: (numbers: { modulus: bigint; exponent: bigint; bits: number }) => string | undefined,
): Lint {
  return {
    ...lint,
    check: (context) => {
      const numbers = rsaNumbers(context);
      return numbers === undefined
        ? undefined
        : wrong({ ...numbers, bits: numbers.modulus.toString(2).length });
    },
  };
}

/** Product of the odd primes below 752, whose factors CABF BR 6.1.6 forbids. */
const SMALL_PRIMES = Array.from({ length: 751 }, (_, i) => i)
  .filter(
    (n) => n > 2 && Array.from({ length: n - 2 }, (_, i) => i + 2).every((d) => d * d > n || n % d !== 0),
  )
  .map(BigInt);

/** subjectPublicKeyInfo. */
export const PUBLIC_KEY_LINTS: readonly Lint[] = [
  {
    code: 'public_key_encoding',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 3279 §2.3, RFC 8410 §3',
    check: (context) => {
      const reader = new DerReader(context.certificate.subjectPublicKeyInfo, '').sequence();
      const { oid, parameters } = readAlgorithmIdentifier(reader, '');
      if (oid === OID.rsaEncryption && !isNullParameters(parameters))
        return 'the parameters of the RSA key are not NULL';
      if (oid === OID.ecPublicKey && parameters?.[0] !== TAG.oid) return 'the curve is not given by name';
      const bare: string[] = [OID.ed25519, OID.ed448, OID.mlDsa44, OID.mlDsa65, OID.mlDsa87];
      return bare.includes(oid) && parameters !== undefined ? 'the key has parameters' : undefined;
    },
  },
  rsaLint(
    {
      code: 'rsa_modulus_too_small',
      severity: 'error',
      policy: 'rfc5280',
      rule: 'NIST SP 800-131A, CABF BR 6.1.5',
    },
    ({ bits }) => (bits < 2048 ? `the RSA modulus has ${bits} bits` : undefined),
  ),
  rsaLint(
    { code: 'rsa_modulus_size_odd', severity: 'error', policy: 'webpki', rule: 'CABF BR 6.1.5' },
    ({ bits }) => (bits % 8 === 0 ? undefined : 'the size of the RSA modulus is not divisible by 8'),
  ),
  rsaLint(
    { code: 'rsa_modulus_factorable', severity: 'error', policy: 'rfc5280', rule: 'CABF BR 6.1.6' },
    ({ modulus }) =>
      modulus % 2n === 0n || SMALL_PRIMES.some((prime) => modulus % prime === 0n)
        ? 'the RSA modulus has a small factor'
        : undefined,
  ),
  rsaLint(
    { code: 'rsa_exponent_unfit', severity: 'error', policy: 'rfc5280', rule: 'CABF BR 6.1.6' },
    ({ exponent }) =>
      exponent < 3n || exponent % 2n === 0n ? 'the RSA exponent is even or below 3' : undefined,
  ),
  rsaLint(
    { code: 'rsa_exponent_unusual', severity: 'warning', policy: 'webpki', rule: 'CABF BR 6.1.6' },
    ({ exponent }) =>
      exponent < 65_537n || exponent >= 1n << 256n
        ? 'the RSA exponent is not between 2^16 + 1 and 2^256 - 1'
        : undefined,
  ),
  {
    code: 'dsa_key',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 6.1.5',
    check: ({ key }) => (key?.kind === 'dsa' ? 'the key is DSA' : undefined),
  },
  {
    code: 'dsa_modulus_too_small',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'NIST SP 800-131A',
    check: ({ key }) =>
      key?.kind === 'dsa' && key.bits < 2048 ? `the DSA modulus has ${key.bits} bits` : undefined,
  },
  {
    code: 'ec_curve_not_allowed',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 6.1.5',
    check: ({ key }) => (key?.kind === 'ec' && key.curve === 'P-224' ? 'the curve is P-224' : undefined),
  },
];
