import { X509Error } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';

/** Codes of Java's object serialization stream protocol, §6.4. */
const TC = {
  null: 0x70,
  reference: 0x71,
  classDesc: 0x72,
  object: 0x73,
  string: 0x74,
  array: 0x75,
  endBlockData: 0x78,
};

const MAX_DEPTH = 16;
const PRIMITIVE_OCTETS: Readonly<Record<string, number>> = { B: 1, C: 2, D: 8, F: 4, I: 4, J: 8, S: 2, Z: 1 };

interface ClassDescription {
  readonly name: string;
  /** Type codes of the fields: of the class itself, without those above it. */
  readonly fields: readonly string[];
  readonly parent: ClassDescription | undefined;
}

/**
 * Steps over one serialized object: in JCEKS stores, the sealed form of a secret key, which has no length in front. Knows what such objects
 * are made of (plain fields, strings, arrays); throws `key_store_unsupported` for anything else.
 */
export function skipJavaObject(reader: ByteReader): void {
  if (reader.uint16() !== 0xaced || reader.uint16() !== 5) throw unsupported(reader);
  new Skipper(reader).value(0);
}

function unsupported(reader: ByteReader): X509Error {
  return new X509Error(
    'key_store_unsupported',
    'an entry is of a form that is not known',
    'keyStore',
    reader.position,
  );
}

class Skipper {
  readonly #reader: ByteReader;
  /** What was given a handle, in order: class descriptions are referred to again. */
  readonly #handles: (ClassDescription | undefined)[] = [];

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  value(depth: number): void {
    const reader = this.#reader;
    if (depth > MAX_DEPTH)
      throw new X509Error('der_too_deep', 'values are nested too deeply', 'keyStore', reader.position);
    switch (reader.uint8()) {
      case TC.null:
        return;
      case TC.reference:
        reader.skip(4);
        return;
      case TC.string:
        this.#handles.push(undefined);
        reader.skip(reader.uint16());
        return;
      case TC.array:
        this.#array(depth);
        return;
      case TC.object: {
        const description = this.#classDescription(depth + 1);
        this.#handles.push(undefined);
        this.#fields(description, depth);
        return;
      }
      default:
        throw unsupported(reader);
    }
  }

  #fields(description: ClassDescription | undefined, depth: number): void {
    if (description === undefined) return;
    this.#fields(description.parent, depth);
    for (const code of description.fields) this.#field(code, depth);
  }

  #field(code: string, depth: number): void {
    const octets = PRIMITIVE_OCTETS[code];
    if (octets === undefined) this.value(depth + 1);
    else this.#reader.skip(octets);
  }

  #array(depth: number): void {
    const description = this.#classDescription(depth + 1);
    this.#handles.push(undefined);
    const code = description?.name[1];
    const length = this.#reader.uint32();
    const octets = code === undefined ? undefined : PRIMITIVE_OCTETS[code];
    if (octets === undefined) throw unsupported(this.#reader);
    this.#reader.skip(length * octets);
  }

  #classDescription(depth: number): ClassDescription | undefined {
    const reader = this.#reader;
    if (depth > MAX_DEPTH) throw unsupported(reader);
    const kind = reader.uint8();
    if (kind === TC.null) return undefined;
    if (kind === TC.reference) {
      const known = this.#handles[reader.uint32() - 0x7e0000];
      if (known === undefined) throw unsupported(reader);
      return known;
    }
    if (kind !== TC.classDesc) throw unsupported(reader);
    const name = reader.javaString();
    reader.skip(8);
    const handle = this.#handles.push(undefined) - 1;
    // SC_SERIALIZABLE, without data written by the class itself.
    if ((reader.uint8() & 0x0d) !== 0) throw unsupported(reader);
    const fields: string[] = [];
    const count = reader.uint16();
    for (let i = 0; i < count; i++) {
      const code = String.fromCharCode(reader.uint8());
      reader.skip(reader.uint16());
      if (PRIMITIVE_OCTETS[code] === undefined) this.value(depth + 1);
      fields.push(code);
    }
    if (reader.uint8() !== TC.endBlockData) throw unsupported(reader);
    const description = { name, fields, parent: this.#classDescription(depth + 1) };
    this.#handles[handle] = description;
    return description;
  }
}
