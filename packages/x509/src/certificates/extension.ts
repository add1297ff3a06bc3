import { DerReader } from '../asn1/der-reader.ts';
import { TAG } from '../asn1/tags.ts';

/** Most extensions that a certificate, request, CRL or response may have. */
export const MAX_EXTENSIONS = 1024;

/** Up to so many it is quicker to look through them than to make a set. */
const FEW_EXTENSIONS = 32;

/** One extension (RFC 5280 §4.1): a view of the DER that it stands in. */
export class Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly #der: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(oid: string, critical: boolean, der: Buffer, start: number, end: number) {
    this.oid = oid;
    this.critical = critical;
    this.#der = der;
    this.#start = start;
    this.#end = end;
  }

  /** Content of the extnValue: DER of the extension's own type, unchecked. */
  get value(): Buffer {
    return this.#der.subarray(this.#start, this.#end);
  }

  /** Decodes the value with `read`, which must use it up. `where` prefixes the `where` of errors. */
  decode<T>(read: (reader: DerReader) => T, where: string): T {
    const reader = new DerReader(this.#der, where, this.#start, this.#end);
    const decoded = read(reader);
    reader.end();
    return decoded;
  }
}

/**
 * Reads the Extensions in `reader` (a SEQUENCE already entered) to the end. An explicit `critical FALSE` and an empty list, which are
 * against the rules but found in the wild, are read. Throws `duplicate_extension` for an OID that appears twice (RFC 5280 §4.2).
 */
export function readExtensions(reader: DerReader): Extension[] {
  const extensions: Extension[] = [];
  const oids: string[] = [];
  let many: Set<string> | undefined;
  while (!reader.done) {
    const extension = reader.sequence('Extension');
    const oid = extension.oid('extnID');
    const critical = extension.peek() === TAG.boolean ? extension.boolean('critical') : false;
    extension.expect(TAG.octetString, 'extnValue');
    const { contentStart, contentEnd } = extension;
    extension.end();
    if (oids.length === FEW_EXTENSIONS) many = new Set(oids);
    if (many === undefined ? oids.includes(oid) : many.has(oid))
      throw extension.error('duplicate_extension', `extension ${oid} appears twice`);
    if (oids.length === MAX_EXTENSIONS)
      throw extension.error('der_too_large', 'there are too many extensions');
    oids.push(oid);
    many?.add(oid);
    extensions.push(new Extension(oid, critical, reader.bytes, contentStart, contentEnd));
  }
  return extensions;
}
