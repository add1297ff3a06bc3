import { OID } from '../asn1/oids.ts';
import { isPrintable } from '../asn1/strings.ts';
import { TAG } from '../asn1/tags.ts';
import { ATTRIBUTE } from '../names/attribute-types.ts';
import type { NameAttribute } from '../names/name.ts';
import type { Lint } from './lint.ts';

/** Upper bounds of RFC 5280 appendix A.1, in characters. */
const MAX_CHARACTERS: ReadonlyMap<string, number> = new Map([
  [ATTRIBUTE.commonName, 64],
  [ATTRIBUTE.localityName, 128],
  [ATTRIBUTE.stateOrProvinceName, 128],
  [ATTRIBUTE.streetAddress, 128],
  [ATTRIBUTE.organizationName, 64],
  [ATTRIBUTE.organizationalUnitName, 64],
  [ATTRIBUTE.countryName, 2],
  [ATTRIBUTE.serialNumber, 64],
  [ATTRIBUTE.postalCode, 16],
  [ATTRIBUTE.givenName, 64],
  [ATTRIBUTE.surname, 64],
  [ATTRIBUTE.emailAddress, 255],
]);

/** Types that are DirectoryStrings. */
const DIRECTORY_STRINGS: ReadonlySet<number> = new Set([
  TAG.printableString,
  TAG.utf8String,
  TAG.t61String,
  TAG.bmpString,
  TAG.universalString,
]);

const HOLDERS = ['subject', 'issuer'] as const;

function forEachAttribute(wrong: (attribute: NameAttribute) => string | undefined): Lint['check'] {
  return (context) => {
    const found: string[] = [];
    for (const holder of HOLDERS) {
      for (const attribute of context[holder]) {
        const text = wrong(attribute);
        if (text !== undefined) found.push(`${holder} attribute ${attribute.type} ${text}`);
      }
    }
    return found;
  };
}

/** UTF-8 that was read as ISO 8859-1 and encoded once more. */
function isDoubleEncoded(value: string): boolean {
  if (!/[\u00c2-\u00f4][\u0080-\u00bf]/.test(value) || /[^\u0000-\u00ff]/.test(value)) return false;
  return !Buffer.from(value, 'latin1').toString('utf8').includes('\ufffd');
}

/** Distinguished names, by RFC 5280. */
export const NAME_LINTS: readonly Lint[] = [
  {
    code: 'issuer_empty',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.4',
    check: ({ certificate }) => (certificate.issuer.empty ? 'the issuer is empty' : undefined),
  },
  {
    code: 'subject_empty_without_alt_name',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.6',
    check: (context) =>
      context.certificate.subject.empty && !context.has(OID.subjectAltName)
        ? 'the subject is empty and there is no subjectAltName'
        : undefined,
  },
  {
    code: 'ca_subject_empty',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.6',
    check: (context) =>
      context.ca && context.certificate.subject.empty ? 'the subject of a CA is empty' : undefined,
  },
  {
    code: 'attribute_too_long',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 appendix A.1',
    check: forEachAttribute(({ type, value }) => {
      const maximum = MAX_CHARACTERS.get(type);
      return maximum !== undefined && value.length > maximum && [...value].length > maximum
        ? `has more than ${maximum} characters`
        : undefined;
    }),
  },
  {
    code: 'attribute_empty',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 appendix A.1',
    check: forEachAttribute(({ value }) => (value === '' ? 'is empty' : undefined)),
  },
  {
    code: 'attribute_control_characters',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.4',
    check: forEachAttribute(({ value }) =>
      /[\u0000-\u001f\u007f-\u009f]/.test(value) ? 'has control characters' : undefined,
    ),
  },
  {
    code: 'attribute_whitespace',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §7.1',
    check: forEachAttribute(({ value }) =>
      value !== value.trim() ? 'begins or ends with white space' : undefined,
    ),
  },
  {
    code: 'attribute_double_encoded',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.4',
    check: forEachAttribute(({ value }) => (isDoubleEncoded(value) ? 'is UTF-8 encoded twice' : undefined)),
  },
  {
    code: 'printable_string_characters',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'X.680 §41.4',
    check: forEachAttribute(({ tag, value }) =>
      tag === TAG.printableString && !isPrintable(value)
        ? 'has characters that a PrintableString cannot hold'
        : undefined,
    ),
  },
  {
    code: 'directory_string_type',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.4',
    check: forEachAttribute(({ type, tag }) => {
      if (!MAX_CHARACTERS.has(type) || type === ATTRIBUTE.emailAddress) return undefined;
      if (!DIRECTORY_STRINGS.has(tag)) return 'is no DirectoryString';
      return tag === TAG.printableString || tag === TAG.utf8String
        ? undefined
        : 'is neither PrintableString nor UTF8String';
    }),
  },
  {
    code: 'country_not_printable_string',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 appendix A.1',
    check: forEachAttribute(({ type, tag }) =>
      type === ATTRIBUTE.countryName && tag !== TAG.printableString ? 'is no PrintableString' : undefined,
    ),
  },
  {
    code: 'rdn_multi_valued',
    severity: 'notice',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.4',
    check: (context) =>
      context.read(() => context.certificate.subject.rdns)?.some((rdn) => rdn.length > 1) === true
        ? 'a relative distinguished name of the subject has several attributes'
        : undefined,
  },
];
