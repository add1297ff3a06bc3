import { DerReader } from '../asn1/der-reader.ts';
import { DerWriter } from '../asn1/der-writer.ts';
import { isStringTag } from '../asn1/strings.ts';
import { TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { ATTRIBUTE } from './attribute-types.ts';
import { parseRfc4514, printRfc4514 } from './rfc4514.ts';
import { prepareString } from './string-preparation.ts';

/** Most attributes that a name may have. */
export const MAX_NAME_ATTRIBUTES = 256;

/** One attribute of a relative distinguished name. */
export class NameAttribute {
  /** Object identifier of the attribute type. */
  readonly type: string;
  /** The text; for a value that is no character string, `#` and the hexadecimal DER (RFC 4514 §2.4). */
  readonly value: string;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(type: string, value: string, bytes: Buffer, start: number, end: number) {
    this.type = type;
    this.value = value;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** Identifier octet of the value. */
  get tag(): number {
    return this.#bytes[this.#start]!;
  }

  /** DER of the value, header included. */
  get der(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }
}

/** A distinguished name (RFC 5280 §4.1.2.4): a view of the DER that it stands in, decoded when first looked into. */
export class Name {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #where: string;
  #rdns: readonly (readonly NameAttribute[])[] | undefined;
  #normalized: string | undefined;

  /** The SEQUENCE at `bytes[start, end)`, whose header the caller has checked. `where` prefixes the `where` of errors. */
  constructor(bytes: Buffer, start: number, end: number, where: string) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#where = where;
  }

  /** Wraps the DER of one Name; nothing but the outer header is read yet. `where` prefixes the `where` of errors. */
  static fromDer(der: Uint8Array, where = 'name'): Name {
    const reader = new DerReader(der, where);
    reader.expect(TAG.sequence);
    reader.end();
    return new Name(reader.bytes, 0, der.length, where);
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
    const der = writer.finish();
    return new Name(der, 0, der.length, 'name');
  }

  /** DER of the Name, a SEQUENCE OF SET OF. */
  get der(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Relative distinguished names in the order of the DER (the reverse of RFC 4514's). Throws X509Error if malformed. */
  get rdns(): readonly (readonly NameAttribute[])[] {
    this.#rdns ??= this.#read();
    return this.#rdns;
  }

  /** Without keeping them: most names are looked into once, for {@link normalized}. */
  #read(): readonly (readonly NameAttribute[])[] {
    return this.#rdns ?? readRdns(new DerReader(this.#bytes, this.#where, this.#start, this.#end));
  }

  get empty(): boolean {
    return this.#end - this.#start === 2;
  }

  /** Whether {@link rdns} can be decoded. A malformed name matches only itself, so ask where a missing match lets something pass. */
  get wellFormed(): boolean {
    return this.normalized[0] !== '!';
  }

  /** The most specific commonName. */
  get commonName(): string | undefined {
    return this.attribute(ATTRIBUTE.commonName);
  }

  /** Value of the most specific attribute of this type (an object identifier). */
  attribute(type: string): string | undefined {
    const rdns = this.#read();
    for (let i = rdns.length - 1; i >= 0; i--) {
      for (const attribute of rdns[i]!) if (attribute.type === type) return attribute.value;
    }
    return undefined;
  }

  /**
   * A string that two names share if and only if they match by RFC 5280 §7.1, so that it can be the key of a map. A name that cannot
   * be decoded, or holds characters that RFC 4518 prohibits, matches only the same octets.
   */
  get normalized(): string {
    this.#normalized ??= this.#normalize();
    return this.#normalized;
  }

  #normalize(): string {
    try {
      return normalize(this.#read());
    } catch (cause) {
      if (cause instanceof X509Error) return `!${this.der.toString('hex')}\n`;
      throw cause;
    }
  }

  /** Whether the names match by RFC 5280 §7.1. Never throws. */
  equals(other: Name): boolean {
    return this === other || this.#hasOctetsOf(other) || this.normalized === other.normalized;
  }

  /** As names that are meant to match nearly always do; much less work than reading them. */
  #hasOctetsOf(other: Name): boolean {
    const length = this.#end - this.#start;
    return (
      length === other.#end - other.#start &&
      this.#bytes.compare(other.#bytes, other.#start, other.#end, this.#start, this.#end) === 0
    );
  }

  /**
   * Whether this name lies in the subtree below `base` (RFC 5280 §7.1): the RDNs of `base` match the first ones of this name.
   * An empty base holds every name. Never throws.
   */
  isWithin(base: Name): boolean {
    if (base.empty) return true;
    return this.normalized.startsWith(base.normalized);
  }

  /** RFC 4514; for a name that cannot be decoded, `#` and its hexadecimal DER. Never throws. */
  toString(): string {
    try {
      return printRfc4514(this.#read());
    } catch (cause) {
      if (cause instanceof X509Error) return `#${this.der.toString('hex')}`;
      throw cause;
    }
  }
}

/** What is left of a malformed name once RDNs without attributes are let through; for lint, which has more to say of such names. */
export function readRdnsLeniently(name: Name): NameAttribute[][] {
  return readRdns(new DerReader(name.der, 'name'), true);
}

function readRdns(outer: DerReader, emptyAllowed = false): NameAttribute[][] {
  const names = outer.sequence();
  outer.end();
  const rdns: NameAttribute[][] = [];
  let count = 0;
  while (!names.done) {
    const set = names.constructed(TAG.set, 'rdn');
    if (set.done && !emptyAllowed) throw set.error('name_invalid', 'a relative distinguished name is empty');
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
  const { bytes, position } = reader;
  let value: string;
  if (isStringTag(reader.peek())) value = reader.string('value');
  else value = `#${reader.element('value').toString('hex')}`;
  reader.end();
  return new NameAttribute(type, value, bytes, position, reader.position);
}

/** One part for each RDN, each ended by a newline, which no prepared string contains. */
function normalize(rdns: readonly (readonly NameAttribute[])[]): string {
  let key = '';
  for (const rdn of rdns) {
    key += rdn.length === 1 ? attributeKey(rdn[0]!) : rdn.map(attributeKey).sort().join('\t');
    key += '\n';
  }
  return key;
}

function attributeKey(attribute: NameAttribute): string {
  const prepared = isStringTag(attribute.tag) ? prepareString(attribute.value) : undefined;
  if (prepared === undefined) return `${attribute.type}#${attribute.der.toString('hex')}`;
  return `${attribute.type}=${prepared}`;
}
