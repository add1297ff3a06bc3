import type { DerReader } from '../asn1/der-reader.ts';
import type { DerWriter } from '../asn1/der-writer.ts';
import { contextConstructed, contextPrimitive, TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { formatIp, parseIp } from './ip-address.ts';
import { Name } from './name.ts';

/** A GeneralName (RFC 5280 §4.2.1.6). */
export type GeneralName =
  | { readonly type: 'email' | 'dns' | 'uri'; readonly value: string }
  /** `value` is the canonical text (RFC 5952); in name constraints `address/mask`, with `bytes` of 8 or 32 octets. */
  | { readonly type: 'ip'; readonly value: string; readonly bytes: Buffer }
  | { readonly type: 'directory'; readonly name: Name }
  /** `value` is the DER of the value inside the explicit tag. */
  | { readonly type: 'other'; readonly oid: string; readonly value: Buffer }
  | { readonly type: 'registered-id'; readonly oid: string }
  | { readonly type: 'x400' | 'edi-party'; readonly value: Buffer };

/** What an iPAddress holds: an address, or, in name constraints, an address and a mask (RFC 5280 §4.2.1.10). */
export type IpForm = 'address' | 'range';

/** Reads the next GeneralName. */
export function readGeneralName(reader: DerReader, ipForm: IpForm = 'address'): GeneralName {
  switch (reader.peek()) {
    case contextConstructed(0): {
      const other = reader.constructed(contextConstructed(0), 'otherName');
      const oid = other.oid('type-id');
      const explicit = other.constructed(contextConstructed(0), 'value');
      const value = explicit.element();
      explicit.end();
      other.end();
      return { type: 'other', oid, value };
    }
    case contextPrimitive(1):
      return { type: 'email', value: reader.implicitIa5String('rfc822Name', contextPrimitive(1)) };
    case contextPrimitive(2):
      return { type: 'dns', value: reader.implicitIa5String('dNSName', contextPrimitive(2)) };
    case contextConstructed(3):
      return { type: 'x400', value: reader.content(contextConstructed(3), 'x400Address') };
    case contextConstructed(4): {
      const explicit = reader.constructed(contextConstructed(4), 'directoryName');
      const name = Name.fromDer(explicit.element('', TAG.sequence), explicit.where);
      explicit.end();
      return { type: 'directory', name };
    }
    case contextConstructed(5):
      return { type: 'edi-party', value: reader.content(contextConstructed(5), 'ediPartyName') };
    case contextPrimitive(6):
      return {
        type: 'uri',
        value: reader.implicitIa5String('uniformResourceIdentifier', contextPrimitive(6)),
      };
    case contextPrimitive(7):
      return readIp(reader, ipForm);
    case contextPrimitive(8):
      return { type: 'registered-id', oid: reader.oid('registeredID', contextPrimitive(8)) };
    default:
      throw reader.error('der_unexpected_tag', 'this is no GeneralName', '', reader.position);
  }
}

function readIp(reader: DerReader, form: IpForm): GeneralName {
  const bytes = reader.content(contextPrimitive(7), 'iPAddress');
  const half = form === 'range' ? bytes.length / 2 : bytes.length;
  if (half !== 4 && half !== 16) {
    throw reader.error('extension_invalid', `an iPAddress has ${bytes.length} octets`, 'iPAddress');
  }
  const address = formatIp(bytes.subarray(0, half));
  return {
    type: 'ip',
    value: form === 'range' ? `${address}/${formatIp(bytes.subarray(half))}` : address,
    bytes,
  };
}

/** Reads GeneralNames: a SEQUENCE of at least one, to its end. */
export function readGeneralNames(reader: DerReader): GeneralName[] {
  if (reader.done) throw reader.error('extension_invalid', 'there are no names', '', reader.position);
  const names: GeneralName[] = [];
  while (!reader.done) names.push(readGeneralName(reader));
  return names;
}

/** A GeneralName to be written: an `ip` needs only its text, a `directory` may be an RFC 4514 string. */
export type GeneralNameInput =
  | GeneralName
  | { readonly type: 'ip'; readonly value: string; readonly bytes?: undefined }
  | { readonly type: 'directory'; readonly name: string };

/** Writes one GeneralName. Throws `issue_invalid` for text that is not ASCII or no IP address. */
export function writeGeneralName(writer: DerWriter, name: GeneralNameInput): void {
  switch (name.type) {
    case 'email':
      writer.string(contextPrimitive(1), ascii(name.value, 'rfc822Name'));
      break;
    case 'dns':
      writer.string(contextPrimitive(2), ascii(name.value, 'dNSName'));
      break;
    case 'uri':
      writer.string(contextPrimitive(6), ascii(name.value, 'uniformResourceIdentifier'));
      break;
    case 'ip':
      writer.primitive(contextPrimitive(7), name.bytes ?? ipBytes(name.value));
      break;
    case 'directory': {
      const directory = typeof name.name === 'string' ? Name.parse(name.name) : name.name;
      writer.constructed(contextConstructed(4), () => writer.raw(directory.der));
      break;
    }
    case 'other':
      writer.constructed(contextConstructed(0), () => {
        writer.oid(name.oid);
        writer.constructed(contextConstructed(0), () => writer.raw(name.value));
      });
      break;
    case 'registered-id':
      writer.oid(name.oid, contextPrimitive(8));
      break;
    case 'x400':
      writer.primitive(contextConstructed(3), name.value);
      break;
    case 'edi-party':
      writer.primitive(contextConstructed(5), name.value);
      break;
  }
}

function ascii(text: string, where: string): string {
  if (!/^[\u0001-\u007f]+$/.test(text)) {
    throw new X509Error('issue_invalid', 'a name is empty or not ASCII (write an IDN as A-labels)', where);
  }
  return text;
}

/** An address, or `address/mask` with the mask as an address or as a number of bits. */
function ipBytes(text: string): Buffer {
  const [address = '', mask] = text.split('/', 2);
  const bytes = parseIp(address);
  if (bytes !== undefined && mask === undefined) return bytes;
  const maskBytes = bytes === undefined || mask === undefined ? undefined : parseMask(mask, bytes.length);
  if (bytes === undefined || maskBytes === undefined) {
    throw new X509Error('issue_invalid', 'not an IP address', 'iPAddress');
  }
  return Buffer.concat([bytes, maskBytes]);
}

function parseMask(text: string, octets: number): Buffer | undefined {
  if (!/^\d{1,3}$/.test(text)) {
    const mask = parseIp(text);
    return mask?.length === octets ? mask : undefined;
  }
  const bits = Number(text);
  if (bits > octets * 8) return undefined;
  return Buffer.from(
    Array.from({ length: octets }, (_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))) & 0xff),
  );
}
