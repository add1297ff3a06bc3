import { isAscii, isUtf8 } from 'node:buffer';
import { X509Error } from '../errors.ts';
import { TAG } from './tags.ts';

const STRING_TAGS: ReadonlySet<number> = new Set([
  TAG.utf8String,
  TAG.numericString,
  TAG.printableString,
  TAG.t61String,
  TAG.ia5String,
  TAG.visibleString,
  TAG.universalString,
  TAG.bmpString,
]);

/** Whether the tag is one of the character string types that {@link decodeString} knows. */
export function isStringTag(tag: number): boolean {
  return STRING_TAGS.has(tag);
}

/**
 * Decodes the content of a character string type. T61String is read as ISO 8859-1, as everybody does. Characters outside of the
 * repertoire of PrintableString and NumericString are let through as long as they are ASCII (a matter for lint).
 *
 * Throws `string_invalid` for malformed UTF-8, lone surrogates, lengths that do not fit and octets above 127 in ASCII types.
 */
export function decodeString(content: Buffer, tag: number, where: string): string {
  switch (tag) {
    case TAG.utf8String:
      if (!isUtf8(content)) throw new X509Error('string_invalid', 'a UTF8String is not UTF-8', where);
      return content.toString('utf8');
    case TAG.t61String:
      return content.toString('latin1');
    case TAG.bmpString:
      return decodeBmp(content, where);
    case TAG.universalString:
      return decodeUniversal(content, where);
    case TAG.numericString:
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.visibleString:
      if (!isAscii(content)) {
        throw new X509Error('string_invalid', 'a string of an ASCII type has octets above 127', where);
      }
      return content.toString('latin1');
    default:
      throw new X509Error('der_unexpected_tag', `tag 0x${tag.toString(16)} is no character string`, where);
  }
}

function decodeBmp(content: Buffer, where: string): string {
  if (content.length % 2 !== 0) {
    throw new X509Error('string_invalid', 'a BMPString has an odd number of octets', where);
  }
  const text = Buffer.from(content).swap16().toString('utf16le');
  if (!text.isWellFormed()) throw new X509Error('string_invalid', 'a BMPString has a lone surrogate', where);
  return text;
}

function decodeUniversal(content: Buffer, where: string): string {
  if (content.length % 4 !== 0) {
    throw new X509Error('string_invalid', 'a UniversalString is not a multiple of four octets', where);
  }
  let text = '';
  for (let at = 0; at < content.length; at += 4) {
    const point = content.readUInt32BE(at);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      throw new X509Error('string_invalid', 'a UniversalString has a number that is no character', where);
    }
    text += String.fromCodePoint(point);
  }
  return text;
}

const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/** Whether every character belongs to PrintableString (X.680 §41.4). */
export function isPrintable(text: string): boolean {
  return PRINTABLE.test(text);
}

/** Content octets of a BMPString: UTF-16, big-endian. */
export function encodeBmp(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
