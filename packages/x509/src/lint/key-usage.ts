import { OID } from '../asn1/oids.ts';
import type { KeyUsage } from '../certificates/extensions/key-usage.ts';
import type { Lint } from './lint.ts';
import type { LintContext } from './lint-context.ts';

/** What keys of each kind can do: RFC 3279 §2.3, RFC 4055 §1.2, RFC 5480 §3, RFC 8410 §5, RFC 9881 §4. */
const SIGNING: readonly KeyUsage[] = ['digitalSignature', 'nonRepudiation', 'keyCertSign', 'cRLSign'];
const ABILITIES: Readonly<Record<string, readonly KeyUsage[]>> = {
  rsa: [...SIGNING, 'keyEncipherment', 'dataEncipherment'],
  'rsa-pss': SIGNING,
  ec: [...SIGNING, 'keyAgreement', 'encipherOnly', 'decipherOnly'],
  dsa: SIGNING,
  ed25519: SIGNING,
  ed448: SIGNING,
  'ml-dsa-44': SIGNING,
  'ml-dsa-65': SIGNING,
  'ml-dsa-87': SIGNING,
};

/** Of the purposes of RFC 5280 §4.2.1.12, the usages that each is consistent with. */
const CONSISTENT: ReadonlyMap<string, readonly KeyUsage[]> = new Map([
  [OID.serverAuth, ['digitalSignature', 'keyEncipherment', 'keyAgreement']],
  [OID.clientAuth, ['digitalSignature', 'keyAgreement']],
  [OID.codeSigning, ['digitalSignature']],
  [OID.emailProtection, ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'keyAgreement']],
  [OID.timeStamping, ['digitalSignature', 'nonRepudiation']],
  [OID.ocspSigning, ['digitalSignature', 'nonRepudiation']],
]);

function has(context: LintContext, usage: KeyUsage): boolean {
  return context.keyUsage?.has(usage) === true;
}

function caLint(code: string, severity: 'error' | 'notice', usage: KeyUsage, message: string): Lint {
  return {
    code,
    severity,
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.10.7',
    check: (context) =>
      context.ca && context.keyUsage !== undefined && !has(context, usage) ? message : undefined,
  };
}

export const KEY_USAGE_LINTS: readonly Lint[] = [
  {
    code: 'key_usage_empty',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.3',
    check: ({ keyUsage }) => (keyUsage?.size === 0 ? 'keyUsage has no bit set' : undefined),
  },
  {
    code: 'key_usage_encoding',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'X.690 §11.2.2',
    check: ({ certificate, keyUsage }) => {
      const value = certificate.extension(OID.keyUsage)?.value;
      if (value === undefined || keyUsage === undefined || keyUsage.size === 0) return undefined;
      const lowestBit = 1 << value[2]!;
      return (value.at(-1)! & lowestBit) === 0 ? 'keyUsage is written with trailing zero bits' : undefined;
    },
  },
  {
    code: 'ca_key_usage_missing',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.3',
    check: (context) => (context.ca && !context.has(OID.keyUsage) ? 'a CA has no keyUsage' : undefined),
  },
  {
    code: 'ca_key_usage_not_critical',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.10.7',
    check: (context) =>
      context.ca && context.has(OID.keyUsage) && !context.critical(OID.keyUsage)
        ? 'keyUsage of a CA is not critical'
        : undefined,
  },
  {
    code: 'leaf_key_cert_sign',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.9',
    check: (context) =>
      !context.ca && has(context, 'keyCertSign') ? 'what is no CA has keyCertSign' : undefined,
  },
  caLint('ca_key_cert_sign_missing', 'error', 'keyCertSign', 'a CA has no keyCertSign'),
  caLint('ca_crl_sign_missing', 'error', 'cRLSign', 'a CA has no cRLSign'),
  caLint('ca_digital_signature_missing', 'notice', 'digitalSignature', 'a CA cannot sign OCSP responses'),
  {
    code: 'key_usage_unfit_for_key',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 3279 §2.3, RFC 8813 §3, RFC 8410 §5',
    check: ({ keyUsage, key }) => {
      const able = key === undefined ? undefined : ABILITIES[key.kind];
      if (able === undefined || keyUsage === undefined) return undefined;
      return [...keyUsage]
        .filter((usage) => !able.includes(usage))
        .map((usage) => `the key cannot serve for ${usage}`);
    },
  },
  {
    code: 'key_agreement_missing',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5480 §3',
    check: (context) => {
      const alone =
        (has(context, 'encipherOnly') || has(context, 'decipherOnly')) && !has(context, 'keyAgreement');
      return alone ? 'encipherOnly or decipherOnly stands without keyAgreement' : undefined;
    },
  },
  {
    code: 'key_usage_extended_key_usage_inconsistent',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.12',
    check: ({ keyUsage, extendedKeyUsage, kind }) => {
      if (keyUsage === undefined || kind !== 'leaf') return undefined;
      const consistent = (extendedKeyUsage ?? []).map((purpose) => CONSISTENT.get(purpose));
      if (consistent.some((usages) => usages?.some((usage) => keyUsage.has(usage)) === false)) {
        return 'a purpose has no key usage that is consistent with it';
      }
      // A purpose that is not known may need any usage.
      if (consistent.length === 0 || consistent.includes(undefined)) return undefined;
      return [...keyUsage]
        .filter((usage) => !consistent.flat().includes(usage))
        .map((usage) => `${usage} is consistent with none of the purposes`);
    },
  },
];
