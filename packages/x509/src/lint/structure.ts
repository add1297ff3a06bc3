import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { TAG } from '../asn1/tags.ts';
import type { Extension } from '../certificates/extension.ts';
import type { AlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import { isNullParameters } from '../keys/algorithm-identifier.ts';
import { signatureScheme } from '../keys/signature-schemes.ts';
import type { Lint } from './lint.ts';

const RSA_SIGNATURES: ReadonlySet<string> = new Set([
  OID.md2WithRsa,
  OID.md5WithRsa,
  OID.sha1WithRsa,
  OID.sha224WithRsa,
  OID.sha256WithRsa,
  OID.sha384WithRsa,
  OID.sha512WithRsa,
]);

/** What no other lint decodes. */
const DECODED_FIELDS = [
  'subjectKeyIdentifier',
  'inhibitAnyPolicy',
  'policyConstraints',
  'freshestCrl',
  'subjectInformationAccess',
  'subjectDirectoryAttributes',
  'tlsFeature',
] as const;

/** RFC 4055 §5 for RSA PKCS #1; RFC 5758 §3.2 and RFC 8410 §3 for the others. */
function fitsParameters({ oid, parameters }: AlgorithmIdentifier): boolean {
  if (oid === OID.rsaPss) return parameters !== undefined;
  return RSA_SIGNATURES.has(oid) ? isNullParameters(parameters) : parameters === undefined;
}

function isEmptySequence({ value }: Extension): boolean {
  return value.length === 2 && value[0] === TAG.sequence && value[1] === 0;
}

/** Version, signature algorithm, serial number, validity, and the encoding of the whole. */
export const STRUCTURE_LINTS: readonly Lint[] = [
  {
    code: 'part_malformed',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1',
    check: (context) => {
      for (const field of DECODED_FIELDS) context.read(() => context.certificate[field]);
      return context.malformed.map((error) => error.message);
    },
  },
  {
    code: 'extension_is_empty_sequence',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2',
    check: ({ certificate }) =>
      certificate.extensions
        .filter((extension) => extension.oid !== OID.basicConstraints && isEmptySequence(extension))
        .map(({ oid }) => `extension ${oid} is an empty sequence`),
  },
  {
    code: 'extension_critical_encoding',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'X.690 §11.5',
    check: ({ certificate }) =>
      hasExplicitFalse(certificate.tbsCertificate) ? 'a default of FALSE is written out' : undefined,
  },
  {
    code: 'version_without_extensions',
    severity: 'notice',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.1',
    check: ({ certificate }) =>
      certificate.version === 3 && certificate.extensions.length === 0
        ? 'version 3 without extensions'
        : undefined,
  },
  {
    code: 'version_not_3',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.1',
    check: ({ certificate }) =>
      certificate.version === 3 ? undefined : `the version is ${certificate.version}`,
  },
  {
    code: 'signature_algorithm_mismatch',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.1.2',
    check: ({ certificate }) =>
      certificate.signatureAlgorithmsMatch
        ? undefined
        : 'the algorithms inside and outside of the signed part differ',
  },
  {
    code: 'signature_algorithm_encoding',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 4055 §5, RFC 5758 §3.2',
    check: ({ certificate }) =>
      [certificate.signatureAlgorithm, certificate.tbsSignatureAlgorithm].every(fitsParameters)
        ? undefined
        : 'the parameters of the signature algorithm are not what it demands',
  },
  {
    code: 'signature_hash_weak',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 8603 §4, CABF BR 7.1.3.2',
    check: (context) => {
      if (context.kind === 'root') return undefined;
      if (context.certificate.signatureAlgorithm.oid === OID.md2WithRsa) return 'the signature uses MD2';
      try {
        const { weak, name } = signatureScheme(context.certificate.signatureAlgorithm);
        return weak ? `the signature uses ${name}` : undefined;
      } catch {
        return undefined;
      }
    },
  },
  {
    code: 'signature_algorithm_not_allowed',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.3.2',
    check: ({ certificate }) => {
      try {
        const { family, name, hash } = signatureScheme(certificate.signatureAlgorithm);
        const allowed =
          ['rsa-pkcs1', 'rsa-pss', 'ecdsa'].includes(family) && hash !== 'sha224' && hash !== 'md5';
        return allowed ? undefined : `${name} is not allowed`;
      } catch {
        return 'the signature algorithm is not allowed';
      }
    },
  },
  {
    code: 'serial_number_not_positive',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.2',
    check: ({ certificate }) => {
      const octets = certificate.serialBytes;
      return octets[0]! >= 0x80 || (octets.length === 1 && octets[0] === 0)
        ? 'the serial number is zero or negative'
        : undefined;
    },
  },
  {
    code: 'serial_number_too_long',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.2',
    check: ({ certificate }) =>
      certificate.serialBytes.length > 20 ? 'the serial number has more than 20 octets' : undefined,
  },
  {
    code: 'serial_number_predictable',
    severity: 'warning',
    policy: 'webpki',
    rule: 'CABF BR 7.1',
    check: ({ certificate, kind }) =>
      kind !== 'root' && certificate.serialBytes.length < 8
        ? 'the serial number has less than 64 bits'
        : undefined,
  },
];

/** Whether an extension writes `critical FALSE`. */
function hasExplicitFalse(tbs: Buffer): boolean {
  const elements = new DerReader(tbs, '').sequence();
  while (!elements.done) {
    if (elements.peek() !== 0xa3) {
      elements.any();
      continue;
    }
    const extensions = elements.constructed(0xa3).sequence();
    while (!extensions.done) {
      const extension = extensions.sequence();
      extension.any();
      if (extension.peek() === TAG.boolean && !extension.boolean()) return true;
    }
  }
  return false;
}
