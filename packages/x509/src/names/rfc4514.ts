import { DerReader } from '../asn1/der-reader.ts';
import { DerWriter } from '../asn1/der-writer.ts';
import { isPrintable, isStringTag } from '../asn1/strings.ts';
import { TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { ATTRIBUTE, attributeKeyword, attributeOid } from './attribute-types.ts';
import type { NameAttribute } from './name.ts';

/** Longest string form that is parsed, in UTF-16 units. */
const MAX_TEXT = 65_536;

function invalid(message: string): X509Error {
  return new X509Error('name_invalid', message, 'name');
}

/** RFC 4514 §2: the RDNs from last to first. */
export function printRfc4514(rdns: readonly (readonly NameAttribute[])[]): string {
  return rdns
    .toReversed()
    .map((rdn) => rdn.map(printAttribute).join('+'))
    .join(',');
}

function printAttribute(attribute: NameAttribute): string {
  const keyword = attributeKeyword(attribute.type);
  // RFC 4514 §2.4: without a keyword, the value is printed as its DER; a string value stays readable all the same below.
  const type = keyword ?? attribute.type;
  if (keyword === undefined || !isStringTag(attribute.tag))
    return `${type}=#${attribute.der.toString('hex')}`;
  return `${type}=${escapeValue(attribute.value)}`;
}

function escapeValue(value: string): string {
  let text = '';
  const last = value.length - 1;
  for (let i = 0; i <= last; i++) {
    const character = value[i]!;
    const code = value.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) text += `\\${code.toString(16).padStart(2, '0')}`;
    else if ('"+,;<>\\='.includes(character)) text += `\\${character}`;
    else if (character === '#' && i === 0) text += '\\#';
    else if (character === ' ' && (i === 0 || i === last)) text += '\\ ';
    else text += character;
  }
  return text;
}

/** Parses RFC 4514 §3 to the RDNs in the order of the DER, each a list of encoded AttributeTypeAndValues. Throws `name_invalid`. */
export function parseRfc4514(text: string): Buffer[][] {
  if (text.length > MAX_TEXT) throw invalid('the string is too long');
  if (!text.isWellFormed()) throw invalid('the string has a lone surrogate');
  if (text.trim() === '') return [];
  const rdns: Buffer[][] = [];
  let rdn: Buffer[] = [];
  let at = 0;
  for (;;) {
    const type = /^ *([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*) *= */.exec(text.slice(at, at + 512));
    if (type === null) throw invalid('an attribute type and = are missing');
    at += type[0].length;
    const value = readValue(text, at);
    rdn.push(encodeAttribute(type[1]!, value));
    at = value.end;
    const separator = text[at];
    if (separator !== '+') {
      rdns.push(rdn);
      rdn = [];
    }
    if (separator === undefined) return rdns.reverse();
    at++;
  }
}

type ParsedValue = { end: number; der: Buffer } | { end: number; text: string };

function readValue(text: string, start: number): ParsedValue {
  if (text[start] === '#') return readHexValue(text, start);
  const octets: Buffer[] = [];
  let plain = '';
  let trailingSpaces = 0;
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (character === ',' || character === '+') break;
    if (character === '\\') {
      const hex = /^[0-9A-Fa-f]{2}/.exec(text.slice(at + 1, at + 3));
      trailingSpaces = 0;
      if (hex !== null) {
        octets.push(Buffer.from(plain), Buffer.from(hex[0], 'hex'));
        plain = '';
        at += 2;
      } else if (at + 1 < text.length && ' "#+,;<=>\\'.includes(text[at + 1]!)) {
        plain += text[++at];
      } else {
        throw invalid('a backslash is followed by neither a special character nor two hexadecimal digits');
      }
    } else if ('";<>\u0000'.includes(character)) {
      throw invalid('a special character is not escaped');
    } else {
      trailingSpaces = character === ' ' ? trailingSpaces + 1 : 0;
      plain += character;
    }
  }
  const rest = plain.slice(0, plain.length - trailingSpaces);
  if (octets.length === 0) return { end: at, text: rest };
  octets.push(Buffer.from(rest));
  const bytes = Buffer.concat(octets);
  try {
    return { end: at, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    throw invalid('escaped octets are not UTF-8');
  }
}

function readHexValue(text: string, start: number): ParsedValue {
  let end = start + 1;
  while (end < text.length && /[0-9A-Fa-f]/.test(text[end]!)) end++;
  const hex = text.slice(start + 1, end);
  while (text[end] === ' ') end++;
  if (hex === '' || hex.length % 2 !== 0 || (end < text.length && text[end] !== ',' && text[end] !== '+')) {
    throw invalid('a value after # is not hexadecimal');
  }
  const der = Buffer.from(hex, 'hex');
  const reader = new DerReader(der, 'name');
  reader.any();
  reader.end();
  return { end, der };
}

function encodeAttribute(type: string, value: ParsedValue): Buffer {
  const oid = /^[0-9]/.test(type) ? type : attributeOid(type);
  if (oid === undefined) throw invalid('an attribute type has no known keyword');
  const writer = new DerWriter(128);
  writer.sequence(() => {
    writer.oid(oid);
    if ('der' in value) writer.raw(value.der);
    else writer.string(stringTag(oid, value.text), value.text);
  });
  return writer.finish();
}

function stringTag(oid: string, text: string): number {
  switch (oid) {
    case ATTRIBUTE.countryName:
    case ATTRIBUTE.serialNumber:
    case ATTRIBUTE.dnQualifier:
      return isPrintable(text) ? TAG.printableString : TAG.utf8String;
    case ATTRIBUTE.domainComponent:
    case ATTRIBUTE.emailAddress:
      return /^[\u0000-\u007f]*$/.test(text) ? TAG.ia5String : TAG.utf8String;
    default:
      return TAG.utf8String;
  }
}
