import { domainToASCII, domainToUnicode } from 'node:url';
import { ATTRIBUTE } from '../names/attribute-types.ts';
import { parseIp } from '../names/ip-address.ts';
import type { Lint, LintPolicy } from './lint.ts';

/** Names that the public DNS never resolves (RFC 6761, RFC 6762, RFC 8375, and .internal). */
const SPECIAL_USE: ReadonlySet<string> = new Set([
  'local',
  'localhost',
  'internal',
  'invalid',
  'test',
  'example',
  'lan',
  'home',
  'corp',
]);

function forEachDnsName(
  wrong: (name: string, labels: readonly string[]) => string | undefined,
): Lint['check'] {
  return ({ labelledDnsNames }) => {
    const found: string[] = [];
    for (const { name, labels } of labelledDnsNames) {
      const text = wrong(name, labels);
      if (text !== undefined) found.push(text);
    }
    return found;
  };
}

/** Whether the label decodes to text in normal form C that encodes to it again. */
function isALabel(label: string): boolean {
  if (label.length > 63) return false;
  const text = domainToUnicode(label);
  return text !== '' && text !== label && text === text.normalize('NFC') && domainToASCII(text) === label;
}

/** A rule about single dNSNames. */
function lint(
  code: string,
  policy: LintPolicy,
  rule: string,
  wrong: (name: string, labels: readonly string[]) => string | undefined,
): Lint {
  return { code, severity: 'error', policy, rule, check: forEachDnsName(wrong) };
}

/** dNSNames, by RFC 1034 and RFC 5890 as RFC 5280 §4.2.1.6 asks, and by the Baseline Requirements. */
export const DNS_NAME_LINTS: readonly Lint[] = [
  lint('dns_name_too_long', 'rfc5280', 'RFC 1034 §3.1', (name) =>
    name.length > 253 ? 'a dNSName has more than 253 characters' : undefined,
  ),
  lint('dns_label_empty', 'rfc5280', 'RFC 5280 §4.2.1.6', (_, labels) =>
    labels.includes('') ? 'a dNSName has an empty label' : undefined,
  ),
  lint('dns_label_too_long', 'rfc5280', 'RFC 1034 §3.1', (_, labels) =>
    labels.some((label) => label.length > 63)
      ? 'a label of a dNSName has more than 63 characters'
      : undefined,
  ),
  lint('dns_label_hyphen', 'rfc5280', 'RFC 1034 §3.5', (_, labels) =>
    labels.some((label) => label.startsWith('-') || label.endsWith('-'))
      ? 'a label of a dNSName begins or ends with a hyphen'
      : undefined,
  ),
  lint('dns_label_underscore', 'rfc5280', 'RFC 1034 §3.5', (_, labels) =>
    labels.some((label) => label.includes('_')) ? 'a label of a dNSName has an underscore' : undefined,
  ),
  lint('dns_label_characters', 'rfc5280', 'RFC 1034 §3.5', (_, labels) =>
    labels.some((label) => !/^[A-Za-z0-9_*-]*$/.test(label))
      ? 'a label of a dNSName has forbidden characters'
      : undefined,
  ),
  lint('dns_name_null', 'rfc5280', 'RFC 5280 §4.2.1.6', (name) =>
    name.includes('\u0000') ? 'a dNSName has a null character' : undefined,
  ),
  lint('dns_name_idn_invalid', 'rfc5280', 'RFC 5890 §2.3.2.1', (_, labels) =>
    labels.some((label) => /^xn--/i.test(label) && !isALabel(label.toLowerCase()))
      ? 'an A-label of a dNSName is none'
      : undefined,
  ),
  lint('dns_wildcard_misplaced', 'rfc5280', 'RFC 9525 §6.3', (_, labels) =>
    labels.some((label, index) => label.includes('*') && (index > 0 || label !== '*'))
      ? 'a wildcard is not the whole of the left-most label'
      : undefined,
  ),
  lint('dns_wildcard_bare', 'webpki', 'CABF BR 3.2.2.6', (name, labels) =>
    name.startsWith('*') && labels.length < 3
      ? 'a wildcard stands directly below a top-level domain'
      : undefined,
  ),
  lint('dns_name_internal', 'webpki', 'CABF BR 4.2.2', (name, labels) => {
    if (name.startsWith('.')) return undefined;
    const top = labels.at(-1)!.toLowerCase();
    const internal = labels.length < 2 || SPECIAL_USE.has(top) || /^[0-9]*$/.test(top);
    return internal ? 'a dNSName is no public name' : undefined;
  }),
  {
    code: 'dns_name_arpa',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 4.2.2, SC-086',
    check: (context) => {
      const names = [
        ...context.dnsNames,
        ...(context.server ? context.subjectValues(ATTRIBUTE.commonName) : []),
      ];
      return names.some((name) => /\.arpa\.?$/i.test(name)) ? 'a name lies below .arpa' : undefined;
    },
  },
  {
    code: 'dns_name_is_address',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6',
    check: ({ dnsNames }) =>
      dnsNames.some((name) => parseIp(name) !== undefined) ? 'a dNSName is an IP address' : undefined,
  },
];
