import { asBuffer, DerReader } from '../asn1/der-reader.ts';
import { DerWriter } from '../asn1/der-writer.ts';
import { decodeString, isStringTag } from '../asn1/strings.ts';
import { TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { ATTRIBUTE } from './attribute-types.ts';
import { parseRfc4514, printRfc4514 } from './rfc4514.ts';
import { prepareString } from './string-preparation.ts';

/** Most attributes that a name may have. */
export const MAX_NAME_ATTRIBUTES = 256;

/** One attribute of a relative distinguished name. */
export interface NameAttribute {
  /** Object identifier of the attribute type. */
  readonly type: string;
  /** The text; for a value that is no character string, `#` and the hexadecimal DER (RFC 4514 §2.4). */
  readonly value: string;
  /** DER of the value, header included. */
  readonly der: Buffer;
}

/** A distinguished name (RFC 5280 §4.1.2.4), decoded when first looked into. */
export class Name {
  /** DER of the Name, a SEQUENCE OF SET OF. */
  readonly der: Buffer;
  readonly #where: string;
  #rdns: readonly (readonly NameAttribute[])[] | undefined;
  #normalized: string | undefined;

  private constructor(der: Buffer, where: string) {
    this.der = der;
    this.#where = where;
  }

  /** Wraps the DER of one Name; nothing but the outer header is read yet. `where` prefixes the `where` of errors. */
  static fromDer(der: Uint8Array, where = 'name'): Name {
    const reader = new DerReader(der, where);
    reader.expect(TAG.sequence);
    reader.end();
    return new Name(asBuffer(der), where);
  }

  /**
   * Parses the string form of RFC 4514, the most specific attribute first (`CN=web,O=Example`). Values become UTF8Strings; C, serialNumber and
   * dnQualifier PrintableStrings, DC and emailAddress IA5Strings (RFC 5280 appendix A). Throws `name_invalid`.
   */
  static parse(rfc4514: string): Name {
    const writer = new DerWriter(256);
    writer.sequence(() => {
      for (const rdn of parseRfc4514(rfc4514)) writer.setOf(rdn);
    });
    return new Name(writer.finish(), 'name');
  }

  /** Relative distinguished names in the order of the DER (the reverse of RFC 4514's). Throws X509Error if malformed. */
  get rdns(): readonly (readonly NameAttribute[])[] {
    this.#rdns ??= readRdns(this.der, this.#where);
    return this.#rdns;
  }

  get empty(): boolean {
    return this.der.length === 2;
  }

  /** The most specific commonName. */
  get commonName(): string | undefined {
    return this.attribute(ATTRIBUTE.commonName);
  }

  /** Value of the most specific attribute of this type (an object identifier). */
  attribute(type: string): string | undefined {
    for (let i = this.rdns.length - 1; i >= 0; i--) {
      for (const attribute of this.rdns[i]!) if (attribute.type === type) return attribute.value;
    }
    return undefined;
  }

  /**
   * A string that two names share if and only if they match by RFC 5280 §7.1, so that it can be the key of a map. A name that cannot
   * be decoded matches only the same octets.
   */
  get normalized(): string {
    this.#normalized ??= normalize(this);
    return this.#normalized;
  }

  /** Whether the names match by RFC 5280 §7.1. Never throws. */
  equals(other: Name): boolean {
    return this.der.equals(other.der) || this.normalized === other.normalized;
  }

  /**
   * Whether this name lies in the subtree below `base` (RFC 5280 §7.1): the RDNs of `base` match the first ones of this name.
   * An empty base holds every name. Never throws.
   */
  isWithin(base: Name): boolean {
    if (base.empty) return true;
    return this.normalized === base.normalized || this.normalized.startsWith(base.normalized);
  }

  /** RFC 4514; for a name that cannot be decoded, `#` and its hexadecimal DER. Never throws. */
  toString(): string {
    try {
      return printRfc4514(this.rdns);
    } catch (cause) {
      if (cause instanceof X509Error) return `#${this.der.toString('hex')}`;
      throw cause;
    }
  }
}

function readRdns(der: Buffer, where: string): NameAttribute[][] {
  const outer = new DerReader(der, where);
  const names = outer.sequence();
  outer.end();
  const rdns: NameAttribute[][] = [];
  let count = 0;
  while (!names.done) {
    const set = names.constructed(TAG.set, 'rdn');
    if (set.done) throw set.error('name_invalid', 'a relative distinguished name is empty');
    const rdn: NameAttribute[] = [];
    while (!set.done) {
      if (++count > MAX_NAME_ATTRIBUTES) throw set.error('der_too_large', 'a name has too many attributes');
      rdn.push(readAttribute(set.sequence('attribute')));
    }
    rdns.push(rdn);
  }
  return rdns;
}

function readAttribute(reader: DerReader): NameAttribute {
  const type = reader.oid('type');
  const der = reader.element('value');
  const value = isStringTag(reader.tag)
    ? decodeString(
        reader.bytes.subarray(reader.contentStart, reader.contentEnd),
        reader.tag,
        `${reader.where}.value`,
      )
    : `#${der.toString('hex')}`;
  reader.end();
  return { type, value, der };
}

/** One part for each RDN, each ended by a newline, which no prepared string contains. */
function normalize(name: Name): string {
  let rdns: readonly (readonly NameAttribute[])[];
  try {
    rdns = name.rdns;
  } catch (cause) {
    if (cause instanceof X509Error) return `!${name.der.toString('hex')}\n`;
    throw cause;
  }
  let key = '';
  for (const rdn of rdns) {
    if (rdn.length === 1) {
      key += `${attributeKey(rdn[0]!)}\n`;
    } else {
      key += `${rdn.map(attributeKey).sort().join('\t')}\n`;
    }
  }
  return key;
}

function attributeKey(attribute: NameAttribute): string {
  const prepared = isStringTag(attribute.der[0]!) ? prepareString(attribute.value) : undefined;
  return prepared === undefined
    ? `${attribute.type}#${attribute.der.toString('hex')}`
    : `${attribute.type}=${prepared}`;
}
