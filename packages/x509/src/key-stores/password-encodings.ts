import { encodeBmp } from '../asn1/strings.ts';

/**
 * One way to turn a password to octets. `bmp` feeds PKCS #12's own derivation (UTF-16 with two zero octets at the end, RFC 7292 appendix B.1),
 * `bytes` PBES2 and PBMAC1.
 */
export interface EncodedPassword {
  readonly bmp: Buffer;
  readonly bytes: Buffer;
}

const TERMINATOR = Buffer.alloc(2);

/**
 * The encodings under which programs have written stores, the right one first: UTF-16 and UTF-8; octets of UTF-8 or ISO 8859-1 widened one by one
 * (OpenSSL before 1.1); and for the empty password with and without terminator.
 */
export function encodePassword(password: string): EncodedPassword[] {
  const utf8 = Buffer.from(password, 'utf8');
  const encodings: EncodedPassword[] = [
    { bmp: Buffer.concat([encodeBmp(password), TERMINATOR]), bytes: utf8 },
  ];
  if (password === '') {
    encodings.push({ bmp: Buffer.alloc(0), bytes: utf8 });
  } else if (utf8.length !== password.length) {
    encodings.push({ bmp: widen(utf8), bytes: encodeBmp(password) });
    const latin1 = Buffer.from(password, 'latin1');
    encodings.push({ bmp: widen(latin1), bytes: latin1 });
  }
  return encodings;
}

function widen(octets: Buffer): Buffer {
  const wide = Buffer.alloc(octets.length * 2 + 2);
  octets.forEach((octet, index) => {
    wide[index * 2 + 1] = octet;
  });
  return wide;
}
